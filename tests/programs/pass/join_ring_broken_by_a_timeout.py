"""Two threads join each other, one of them not for ever."""

import threading

both_started = threading.Event()


def work(other, timeout):
    both_started.wait()
    threads[other].join(timeout)


threads = [threading.Thread(target=work, args=(1, None)), threading.Thread(target=work, args=(0, 0.2))]
for thread in threads:
    thread.start()
both_started.set()
for thread in threads:
    thread.join()
