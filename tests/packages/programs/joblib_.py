"""Work that joblib's threading backend shares out."""

import math
import time

from joblib import Parallel, delayed


def root(number):
    time.sleep(0.01 * (number % 3))
    return math.isqrt(number)


with Parallel(n_jobs=3, backend="threading") as parallel:
    roots = parallel(delayed(root)(number * number) for number in range(12))
    again = parallel(delayed(math.factorial)(number) for number in range(6))
unordered = Parallel(n_jobs=2, backend="threading", return_as="generator_unordered")(
    delayed(root)(number) for number in range(5)
)
assert sorted(unordered) == [0, 1, 1, 1, 2]
assert roots == list(range(12)) and again == [1, 1, 2, 6, 24, 120]
print("12 roots")
