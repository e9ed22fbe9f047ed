"""A ring as long as no person would find it: fifty threads, fifty locks."""

# threads: MainThread, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19,
#     T20, T21, T22, T23, T24, T25, T26, T27, T28, T29, T30, T31, T32, T33, T34, T35, T36, T37, T38, T39, T40,
#     T41, T42, T43, T44, T45, T46, T47, T48, T49
# objects: T0, locks[0], locks[1], locks[2], locks[3], locks[4], locks[5], locks[6], locks[7], locks[8],
#     locks[9], locks[10], locks[11], locks[12], locks[13], locks[14], locks[15], locks[16], locks[17],
#     locks[18], locks[19], locks[20], locks[21], locks[22], locks[23], locks[24], locks[25], locks[26],
#     locks[27], locks[28], locks[29], locks[30], locks[31], locks[32], locks[33], locks[34], locks[35],
#     locks[36], locks[37], locks[38], locks[39], locks[40], locks[41], locks[42], locks[43], locks[44],
#     locks[45], locks[46], locks[47], locks[48], locks[49]
# cycle: T0 -> locks[1] -> T1 -> locks[2] -> T2 -> locks[3] -> T3 -> locks[4] -> T4 -> locks[5] -> T5 ->
#     locks[6] -> T6 -> locks[7] -> T7 -> locks[8] -> T8 -> locks[9] -> T9 -> locks[10] -> T10 -> locks[11] ->
#     T11 -> locks[12] -> T12 -> locks[13] -> T13 -> locks[14] -> T14 -> locks[15] -> T15 -> locks[16] -> T16 ->
#     locks[17] -> T17 -> locks[18] -> T18 -> locks[19] -> T19 -> locks[20] -> T20 -> locks[21] -> T21 ->
#     locks[22] -> T22 -> locks[23] -> T23 -> locks[24] -> T24 -> locks[25] -> T25 -> locks[26] -> T26 ->
#     locks[27] -> T27 -> locks[28] -> T28 -> locks[29] -> T29 -> locks[30] -> T30 -> locks[31] -> T31 ->
#     locks[32] -> T32 -> locks[33] -> T33 -> locks[34] -> T34 -> locks[35] -> T35 -> locks[36] -> T36 ->
#     locks[37] -> T37 -> locks[38] -> T38 -> locks[39] -> T39 -> locks[40] -> T40 -> locks[41] -> T41 ->
#     locks[42] -> T42 -> locks[43] -> T43 -> locks[44] -> T44 -> locks[45] -> T45 -> locks[46] -> T46 ->
#     locks[47] -> T47 -> locks[48] -> T48 -> locks[49] -> T49 -> locks[0]

import threading

SIZE = 50
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
