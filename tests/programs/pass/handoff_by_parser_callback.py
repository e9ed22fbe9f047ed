"""A parser finds the method for what it has parsed by a computed name."""

import threading
import time
from html.parser import HTMLParser


def start_waiter():
    event = threading.Event()
    threading.Thread(target=event.wait, name="Waiter").start()
    return event


class Parser(HTMLParser):
    def handle_starttag(self, tag, attributes):
        parsed.set()


parsed = start_waiter()
parser = Parser()
time.sleep(0.1)
parser.feed("<p>")
