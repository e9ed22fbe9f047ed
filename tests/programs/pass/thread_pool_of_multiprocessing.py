"""The pools of threads that multiprocessing has, which wait for pipes and queues."""

import multiprocessing.dummy
import multiprocessing.pool


def square(number):
    return number * number


if __name__ == "__main__":
    with multiprocessing.pool.ThreadPool(2) as pool:
        assert pool.map(square, range(4)) == [0, 1, 4, 9]
        assert pool.apply_async(square, (5,)).get(10) == 25
    with multiprocessing.dummy.Pool(2) as pool:
        assert sorted(pool.imap_unordered(square, range(3))) == [0, 1, 4]
