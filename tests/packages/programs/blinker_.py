"""Signals that threads send, to receivers that come and go."""

import threading

import blinker

ready = blinker.signal("ready")
guard = threading.Lock()
received = []


@ready.connect
def receive(sender, value):
    with guard:
        received.append((sender, value))


def send(sender):
    for value in range(4):
        assert (receive, None) in ready.send(sender, value=value)


def listen():
    for _ in range(4):
        with ready.connected_to(lambda sender, value: guard.acquire() and guard.release()):
            guard.acquire()
            guard.release()


threads = [threading.Thread(target=send, args=(sender,)) for sender in ("ann", "bob", "eve")]
threads.append(threading.Thread(target=listen))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(received) == [(sender, value) for sender in ("ann", "bob", "eve") for value in range(4)]
print("12 signals")
