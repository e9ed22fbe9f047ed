"""Waiting gives up the inner lock only; whoever could notify needs the outer one; a daemon goes on for ever."""

# threads: MainThread, Taker, Giver
# objects: inner, outer

import threading
import time


def tick():
    while True:
        time.sleep(1)


def take(outer, inner, waiting):
    threading.main_thread().join()
    with outer, inner:
        waiting.set()
        inner.wait()


def give(outer, inner, waiting):
    waiting.wait()
    with outer, inner:
        inner.notify()


def start():
    outer, inner, waiting = threading.Lock(), threading.Condition(), threading.Event()
    threading.Thread(target=take, args=(outer, inner, waiting), name="Taker").start()
    threading.Thread(target=give, args=(outer, inner, waiting), name="Giver").start()


threading.Thread(target=tick, name="Ticker", daemon=True).start()
start()
