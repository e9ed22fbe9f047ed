"""Threads that try again what fails twice, and wait longer each time."""

import threading

from tenacity import RetryError, Retrying, retry, stop_after_attempt, wait_exponential, wait_random

attempts = {}


@retry(stop=stop_after_attempt(5), wait=wait_exponential(multiplier=0.1) + wait_random(0, 0.1))
def fetch(name):
    attempts[name] = attempts.get(name, 0) + 1
    if attempts[name] < 3:
        raise ConnectionError(name)
    return name.upper()


found = {}


def work(name):
    found[name] = fetch(name)
    try:
        for attempt in Retrying(stop=stop_after_attempt(2)):
            with attempt:
                raise ValueError(name)
    except RetryError as error:
        found[name] += str(error.last_attempt.attempt_number)


threads = [threading.Thread(target=work, args=(name,)) for name in ("ann", "bob", "eve")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert found == {"ann": "ANN2", "bob": "BOB2", "eve": "EVE2"}, found
assert set(attempts.values()) == {3}
print("three attempts each")
