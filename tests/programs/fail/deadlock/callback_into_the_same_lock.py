"""Listeners are called under the lock of the publisher, and one of them leaves it while it is called."""

# threads: MainThread, Publisher
# objects: Publisher, Topic.lock
# cycle: Publisher -> Topic.lock

import threading


class Topic:
    def __init__(self):
        self.lock = threading.Lock()
        self.listeners = []

    def leave(self, listener):
        with self.lock:
            self.listeners.remove(listener)

    def publish(self, text):
        with self.lock:
            for listener in list(self.listeners):
                listener(text)


def once(text):
    topic.leave(once)


topic = Topic()
topic.listeners.append(once)
publisher = threading.Thread(target=topic.publish, args=("news",), name="Publisher")
publisher.start()
publisher.join()
