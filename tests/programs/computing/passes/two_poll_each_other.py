"""Two threads pass a number back and forth, and each polls until it is its turn."""

import threading

turn = 0


def play(mine):
    global turn
    for _ in range(2):
        while turn != mine:
            pass
        turn = 1 - mine


threads = [threading.Thread(target=play, args=(number,)) for number in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
