"""The queue for the reply has left the list when the reply is computed: only the call in progress knows it."""

import queue
import threading
import time

replies = []


def ask():
    reply = queue.Queue()
    replies.append(reply)
    asked.set()
    reply.get()


def answer():
    time.sleep(0.2)
    return 42


asked = threading.Event()
threading.Thread(target=ask, name="Client").start()
asked.wait()
replies.pop().put(answer())
