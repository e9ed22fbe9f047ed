"""Two threads add to one counter without a lock: an update can be lost.

Between a thread's reading of the counter and its writing of it the other one may write; what it wrote is then gone. On
most schedules nothing goes wrong, which is why this passes every test on a quiet machine.
"""

import threading

counter = 0


def increment():
    global counter
    for _ in range(2):
        counter += 1


threads = [threading.Thread(target=increment, name=f"Adder-{number}") for number in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

assert counter == 4, f"updates were lost: the counter is {counter}, not 4"
