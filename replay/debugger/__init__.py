"""Stopping inside a replay: a prompt in the thread that is running, and about the whole program.

The debugger is a recorder around the one that compares (`session`), so that an execution nobody debugs pays nothing for
it. It stops at events (`session`, `breaks`) and at lines (`lines`). While the prompt (`prompt`) is open, nothing is
scheduled and nothing is recorded (`unscheduled`): what is asked there leaves the rest of the replay as it was recorded.
Going back is going forward again from a fork of the process (`checkpoints`).
"""
