"""Spans of several threads that a processor exports in batches, from a thread of its own."""

import threading

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=200, max_export_batch_size=4))
tracer = provider.get_tracer("example")


def work(name):
    with tracer.start_as_current_span(name) as outer:
        for step in range(3):
            with tracer.start_as_current_span(f"{name}.{step}") as inner:
                inner.set_attribute("step", step)
                assert inner.parent.span_id == outer.get_span_context().span_id


threads = [threading.Thread(target=work, args=(name,)) for name in ("ann", "bob", "eve")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
provider.force_flush()
provider.shutdown()

spans = exporter.get_finished_spans()
assert len(spans) == 12, len(spans)
assert len({span.context.trace_id for span in spans}) == 3
print(f"{len(spans)} spans in 3 traces")
