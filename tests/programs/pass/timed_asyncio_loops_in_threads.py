"""Two event loops in two threads, each with tasks and an executor whose end has a time limit, and a third loop."""

import asyncio
import threading
import time


async def wait(seconds):
    await asyncio.sleep(seconds)
    return seconds


async def work(results):
    loop = asyncio.get_running_loop()
    found = await asyncio.gather(wait(1), wait(2), asyncio.to_thread(time.sleep, 3))
    assert await loop.run_in_executor(None, sum, range(4)) == 6
    assert asyncio.get_running_loop() is loop
    results.append(found)


results = []
threads = [threading.Thread(target=lambda: asyncio.run(work(results))) for _ in range(2)]
for thread in threads:
    thread.start()
loop = asyncio.new_event_loop()
background = threading.Thread(target=loop.run_forever)
background.start()
assert asyncio.run_coroutine_threadsafe(wait(5), loop).result() == 5
try:
    asyncio.get_running_loop()
except RuntimeError:
    pass
else:
    raise AssertionError("no loop runs in this thread")
loop.call_soon_threadsafe(loop.stop)
for thread in (*threads, background):
    thread.join()
loop.close()
assert results == [[1, 2, None]] * 2, results
