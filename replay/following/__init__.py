"""Following a recording, or a script: an execution that is to repeat another one, or one that a person wrote down.

schedule      the order of the operations, as text that can be pasted
recording     what can be followed: a trace, or a schedule; read and checked
expected      the events of a trace, read along with an execution
verify        is it the same, event by event? With `renaming`, for objects that are called otherwise now
divergence    what is said about the first difference, and `sources`: what changed since
realign       for a program that was edited: what is gone is skipped
script        an interleaving written by hand
plans         all of these, as plans for the host
"""
