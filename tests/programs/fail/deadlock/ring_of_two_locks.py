"""Two transfers in opposite directions: each has locked the account it takes from, and needs the other one."""

# threads: MainThread, There, Back
# objects: There, Account.lock, Account.lock#2
# cycle: There -> Account.lock#2 -> Back -> Account.lock

import threading


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    with source.lock, target.lock:
        source.balance -= amount
        target.balance += amount


savings, current = Account(100), Account(100)
there = threading.Thread(target=transfer, args=(savings, current, 10), name="There")
back = threading.Thread(target=transfer, args=(current, savings, 20), name="Back")
there.start()
back.start()
there.join()
back.join()
