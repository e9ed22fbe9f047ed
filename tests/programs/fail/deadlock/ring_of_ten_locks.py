"""Ten threads lock what is theirs, wait until all have done so, and then want their neighbour's."""

# threads: MainThread, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9
# objects: T0, locks[0], locks[1], locks[2], locks[3], locks[4], locks[5], locks[6], locks[7], locks[8], locks[9]
# cycle: T0 -> locks[1] -> T1 -> locks[2] -> T2 -> locks[3] -> T3 -> locks[4] -> T4 -> locks[5] -> T5 -> locks[6]
#     -> T6 -> locks[7] -> T7 -> locks[8] -> T8 -> locks[9] -> T9 -> locks[0]

import threading

SIZE = 10
locks = [threading.Lock() for _ in range(SIZE)]
all_here = threading.Barrier(SIZE)


def work(number):
    with locks[number]:
        all_here.wait()
        with locks[(number + 1) % SIZE]:
            pass


threads = [threading.Thread(target=work, args=(number,), name=f"T{number}") for number in range(SIZE)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
