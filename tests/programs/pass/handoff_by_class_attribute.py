"""The worker goes through the subclasses of a class to find whom it has to tell."""

import threading
import time


class Topic:
    pass


def new_topic():
    class News(Topic):
        changed = threading.Event()

    return News


def publish():
    time.sleep(0.2)
    for topic in Topic.__subclasses__():
        topic.changed.set()


news = new_topic()
threading.Thread(target=publish, name="Publisher").start()
news.changed.wait()
