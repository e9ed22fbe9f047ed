"""Five philosophers, five forks; each takes the left one, then the right one. All can hold one and wait for ever."""

import threading

NAMES = ["Aristotle", "Kant", "Spinoza", "Marx", "Russell"]

forks = [threading.Lock() for _ in NAMES]


def dine(seat):
    left, right = forks[seat], forks[(seat + 1) % len(forks)]
    with left:
        with right:
            print(f"{NAMES[seat]} eats")


philosophers = [threading.Thread(target=dine, args=(seat,), name=name) for seat, name in enumerate(NAMES)]
for philosopher in philosophers:
    philosopher.start()
for philosopher in philosophers:
    philosopher.join()
