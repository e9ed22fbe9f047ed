"""Exploration: executes a program again and again, in search of an execution that fails.

specs       what an execution is to be like, and what came of it
one         makes one execution, in this process
plans       which strategy makes which execution
dpor/       the search that executes each class of equivalent executions once
bounded     searches with few preemptions, or few delays, first
campaign    the loop: plans, workers, failures told apart, when to stop
verdict     what may be said in the end
workers/    where executions are made: here, in forks of this process, in forks of a program, anywhere
"""
