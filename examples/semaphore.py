"""Ten threads share a pool of three connections, guarded by a semaphore: never more than three are in it."""

import random
import threading
import time

POOL_SIZE = 3

pool = threading.Semaphore(POOL_SIZE)
inside = 0
most_inside = 0
guard = threading.Lock()


def use_connection():
    global inside, most_inside
    with pool:
        with guard:
            inside += 1
            most_inside = max(most_inside, inside)
        time.sleep(random.uniform(0.5, 2.0))
        with guard:
            inside -= 1


clients = [threading.Thread(target=use_connection, name=f"Client-{number}") for number in range(10)]
for client in clients:
    client.start()
for client in clients:
    client.join()

assert pool.acquire(blocking=False), "all permits are back"
assert pool.acquire(timeout=1) and pool.acquire()
assert not pool.acquire(timeout=1), "there are only three"
pool.release(3)
print(f"at most {most_inside} of {len(clients)} were inside at once")
assert most_inside <= POOL_SIZE
