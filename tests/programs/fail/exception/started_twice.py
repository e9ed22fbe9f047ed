"""Two threads start a third one, each if it is not alive yet."""

import threading

late = threading.Thread(target=print)


def start():
    if not late.is_alive():
        late.start()


threads = [threading.Thread(target=start) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
