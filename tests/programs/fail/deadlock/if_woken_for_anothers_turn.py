"""Woken when it was another's turn, and `if` does not look again: the other one's turn never comes back."""

# threads: MainThread, First
# objects: First, condition

import threading

condition = threading.Condition()
turn = 0


def play(mine, after):
    global turn
    with condition:
        if turn != mine:
            condition.wait()
        turn = after
        condition.notify()


first = threading.Thread(target=play, args=(1, 2), name="First")
second = threading.Thread(target=play, args=(2, 3), name="Second")
second.start()
first.start()
with condition:
    turn = 1
    condition.notify()
second.join()
first.join()
