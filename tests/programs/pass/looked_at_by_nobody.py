"""An object within reach lies about its class, and would have a waiting thread notice that it was asked."""

import threading
import time


class Proxy:
    @property
    def __class__(self):
        raise RuntimeError("nobody asked for it")

    def __getattr__(self, name):
        raise RuntimeError("nobody asked for it")

    def __call__(self, event):
        time.sleep(0.2)
        event.set()


def work(proxy, event, loads):
    proxy(event)


loads = Proxy()
event = threading.Event()
threading.Thread(target=event.wait, name="Waiter").start()
threading.Thread(target=work, args=(Proxy(), event, loads), name="Worker").start()
time.sleep(0.1)
