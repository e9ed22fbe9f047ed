"""A deposit and a withdrawal, and a check that expects a wrong sum of them."""

from __future__ import annotations

import threading

from benchmarks.sctbench.threads import start


class _Account:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.opening = 1
        self.deposited = 2
        self.withdrawn = 4
        self.balance = self.opening
        self.deposit_done = False
        self.withdraw_done = False

    def check(self) -> None:
        with self.lock:
            if self.deposit_done and self.withdraw_done:
                expected = (self.opening - self.deposited) - self.withdrawn
                assert self.balance == expected, "the balance is not the expected one"

    def deposit(self) -> None:
        with self.lock:
            self.balance += self.deposited
            self.deposit_done = True

    def withdraw(self) -> None:
        with self.lock:
            self.balance -= self.withdrawn
            self.withdraw_done = True


def account() -> None:
    """Fails where the check comes last: it subtracts what was deposited.

    The main thread joins nobody.
    """
    shared = _Account()
    start(shared.check, shared.deposit, shared.withdraw)
