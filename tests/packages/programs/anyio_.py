"""An event loop whose tasks have threads work for them, and threads that call back into it."""

import threading

import anyio
import anyio.from_thread
import anyio.to_thread

guard = threading.Lock()
worked = []


def work(number):
    with guard:
        worked.append(number)
    anyio.from_thread.run(sent.send, number)
    return number * number


async def square(number):
    squares.append(await anyio.to_thread.run_sync(work, number))


async def main():
    global sent
    sent, received = anyio.create_memory_object_stream(10)
    async with sent, received:
        async with anyio.create_task_group() as tasks:
            for number in range(4):
                tasks.start_soon(square, number)
        assert sorted([await received.receive() for _ in range(4)]) == [0, 1, 2, 3]


squares = []
anyio.run(main)
assert sorted(squares) == [0, 1, 4, 9] and sorted(worked) == [0, 1, 2, 3]
with anyio.from_thread.start_blocking_portal() as portal:
    assert [portal.start_task_soon(pow, 2, number).result() for number in range(3)] == [1, 2, 4]
print("four squares, three powers")
