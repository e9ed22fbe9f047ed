"""What a trace says beyond its events: pure functions from a trace to findings.

state.py       who holds what and who waits in what, folded from the events one by one
moment.py      the whole program at one moment: also what each thread stands before
waitfor.py     who waits for whom at a moment, who can never go on, and the cycle
causes/        why nobody releases them: lost wakeups, leaked permits, locks of ended threads
clocks.py      what happened before what in this execution
order.py       what comes before what in every execution, and vector clocks
nesting.py     which locks were taken while which were held
lockorder.py   locks taken in opposite orders, by executions that may have passed; orderings.py says it in words
cycles.py      the search for them: components.py and walk.py find cycles, witness.py executions that lead there
findings.py    all of it, for one trace
"""
