"""Three philosophers at a round table: each takes the fork on the left first."""

# threads: MainThread, Thread-1 (Philosopher), Thread-2 (Philosopher), Thread-3 (Philosopher)
# objects: Thread-1 (Philosopher), forks[0], forks[1], forks[2]
# cycle: Thread-1 (Philosopher) -> forks[1] -> Thread-2 (Philosopher) -> forks[2] -> Thread-3 (Philosopher) -> forks[0]

import threading
import time


class Philosopher(threading.Thread):
    def __init__(self, left, right):
        super().__init__()
        self.left, self.right = left, right

    def run(self):
        for _ in range(2):
            with self.left:
                time.sleep(0.01)
                with self.right:
                    pass


forks = [threading.Lock() for _ in range(3)]
philosophers = [Philosopher(forks[seat], forks[(seat + 1) % 3]) for seat in range(3)]
for philosopher in philosophers:
    philosopher.start()
for philosopher in philosophers:
    philosopher.join()
