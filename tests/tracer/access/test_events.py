"""What the events of accesses say, and where there are none."""

import threading

import pytest

from tests.support import passes

pytestmark = pytest.mark.usefixtures("plain_hooks")


def accesses(source, **settings):
    """The accesses of a thread that calls `work` of this program, while another waits for it: operation, object."""
    code = compile(source, "program.py", "exec")

    def main():
        namespace = {"__name__": "program"}
        exec(code, namespace)
        thread = threading.Thread(target=namespace["work"], name="worker")
        thread.start()
        thread.join()

    run = passes(main, preempt="any", **settings)
    return [event[1:3] for event in run.events if event[0] == "worker" and event[1].startswith("memory.")]


READ, WRITE = "memory.read", "memory.write"


@pytest.mark.parametrize(
    ("before", "statement", "expected"),
    [
        ("counter = 0", "global counter; counter += 1", [(READ, "program.counter"), (WRITE, "program.counter")]),
        ("counts = {'a': 0}", "counts['a'] += 1", [(READ, "counts['a']"), (WRITE, "counts['a']")]),
        ("items = [0, 0]", "items[-1] += 1", [(READ, "items[1]"), (WRITE, "items[1]")]),
        ("items = []", "items.append(1)", [(WRITE, "items")]),
        ("items = [1]", "if items: items.pop()", [(READ, "items"), (WRITE, "items")]),
        ("seen = set()", "if 5 not in seen: seen.add(5)", [(READ, "seen[5]"), (WRITE, "seen[5]")]),
        (
            "class Account: balance = 0\naccount = Account()",
            "account.balance += 1",
            [(READ, "account.balance"), (READ, "Account.balance"), (WRITE, "account.balance")],
        ),
        (
            "class Account:\n def __init__(self): self.balance = 0\naccount = Account()",
            "account.balance += 1",
            [(READ, "account.balance"), (WRITE, "account.balance")],
        ),
        (
            "class Bank:\n def __init__(self): self.counts = {'a': {'b': 0}}\nbank = Bank()",
            "bank.counts['a']['b'] = 1",
            [(READ, "bank.counts['a']"), (WRITE, "bank.counts['a']['b']")],
        ),
        (
            "class Account:\n made = 0",
            "Account.made += 1",
            [(READ, "Account.made"), (WRITE, "Account.made")],
        ),
        (
            "from types import SimpleNamespace\naccount = SimpleNamespace(balance=0)",
            "setattr(account, 'balance', account.balance + 1)",
            [(WRITE, "account.balance")],  # that it is ever written is known from then on
        ),
    ],
)
def test_names_are_those_of_the_source(before, statement, expected):
    source = f"{before}\ndef work():\n    {statement}"
    found = [(operation, label.replace("[*]", "")) for operation, label in accesses(source)]
    assert found == expected


@pytest.mark.parametrize(
    "body",
    [
        "found = []\n    for i in range(5): found.append(i)\n    found[0] += 1\n    return found.pop() + len(found)",
        "found = {}\n    for i in range(5): found[i] = i\n    if 3 in found: del found[3]\n    return {**found}",
        "found = {1, 2}\n    found |= {3}\n    found.add(4)\n    for one in found: pass\n    return 4 in found",
        "found = [i for i in range(5)]\n    found[1:2] = [7, 8]\n    a, *b = found\n    return sorted(b)",
        "total = 0\n    for i in range(9): total += i\n    return f'{total}'",
    ],
)
def test_what_never_leaves_a_function_gives_no_events(body):
    assert accesses(f"def work():\n    {body}") == []


def test_an_object_that_one_thread_has_gives_others_no_turn():
    class Node:
        def __init__(self):
            self.value = 0

        def grow(self):
            self.value += 1

    def points(times):
        def work():
            node = Node()
            for _ in range(times):
                node.grow()

        def main():
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()

        return passes(main, preempt="any").outcome.points

    assert points(1) == points(30)


def test_values_are_shown():
    code = compile("counter = 5\ndef work():\n    global counter\n    counter = counter + 1", "program.py", "exec")

    def main():
        namespace = {"__name__": "program"}
        exec(code, namespace)
        thread = threading.Thread(target=namespace["work"], name="worker")
        thread.start()
        thread.join()

    events = passes(main, preempt="any", values=True).events
    assert [event[1:4] for event in events if event[0] == "worker" and event[1].startswith("memory.")] == [
        (READ, "program.counter", "5"),
        (WRITE, "program.counter", "6"),
    ]


def test_finalizers_are_no_accesses_however_often_they_run():
    source = """
counter = 0
class Thing:
    def __del__(self):
        global counter
        counter += 1
def work():
    for _ in range(3):
        Thing()
"""
    assert (WRITE, "program.counter") not in accesses(source)
