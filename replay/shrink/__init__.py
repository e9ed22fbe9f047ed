"""Shrinking: the same failure with as few preemptions and context switches as can be.

A failing schedule is a list of *switches*, not of threads: thread T, after its nth operation, is left for thread U;
where nothing is said, a thread goes on until it cannot (`replay.strategies.constrained`). Taking one away never shifts
the others, so every attempt can be executed, and the worst that can happen is that it does not fail.

    1. commute    neighbours that do not depend on each other change places, so that each thread's operations come
                  together; one execution confirms the result                                  (`commute`)
    2. reduce     delta debugging over the switches, then moving each a little or to another thread  (`reduce`)
    3. certify    every schedule with fewer preemptions is executed; when none fails, the result is minimal, and when
                  one does it is reduced in turn                                               (`certify`)
    4. explain    between the minimal failing schedule and a passing one, two bisections find the two operations whose
                  order alone decides                                                          (`critical`)

Steps 1 and 2 follow Jalbert and Sen (Tinertia, FSE 2010) and Choi and Zeller (ISSTA 2002), step 3 the iterative
preemption bounding of Musuvathi and Qadeer (CHESS, PLDI 2007). No step rests on the independence of operations without
executing what it suggests: what is between two operations may well touch memory that nobody watches.

Every execution is a forked child of a process that has prepared the program and never runs it (`attempts`).
"""
