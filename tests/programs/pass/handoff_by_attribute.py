"""The lock is an attribute of an object in a dict of another object that the worker knows."""

import threading
import time


class Ticket:
    __slots__ = ("done",)

    def __init__(self):
        self.done = threading.Lock()
        self.done.acquire()


class Office:
    def __init__(self):
        self.tickets = {}

    def work(self):
        for number in range(3):
            time.sleep(0.05)
            self.tickets[number].done.release()


office = Office()
for number in range(3):
    office.tickets[number] = Ticket()
threading.Thread(target=office.work, name="Clerk").start()
waiters = [threading.Thread(target=ticket.done.acquire) for ticket in office.tickets.values()]
for waiter in waiters:
    waiter.start()
for waiter in waiters:
    waiter.join()
