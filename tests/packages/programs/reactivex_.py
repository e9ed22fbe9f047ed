"""A stream whose values are worked on by a pool's threads, and timed by another one's."""

import threading

import reactivex
from reactivex import operators
from reactivex.scheduler import NewThreadScheduler, ThreadPoolScheduler

pool = ThreadPoolScheduler(3)
squares = (
    reactivex.of(1, 2, 3, 4)
    .pipe(
        operators.flat_map(
            lambda number: reactivex.just(number).pipe(
                operators.observe_on(pool), operators.map(lambda value: value * value)
            )
        ),
        operators.to_list(),
    )
    .run()
)
assert sorted(squares) == [1, 4, 9, 16], squares

ticks = []
complete = threading.Event()
reactivex.interval(0.1, scheduler=NewThreadScheduler()).pipe(operators.take(3)).subscribe(
    on_next=ticks.append, on_completed=complete.set
)
complete.wait()
assert ticks == [0, 1, 2]
pool.executor.shutdown()
print("four squares, three ticks")
