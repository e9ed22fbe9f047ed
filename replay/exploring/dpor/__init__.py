"""Dynamic partial-order reduction: every outcome of a program by one execution of each of its classes.

conflicts   what a step touches, and which steps cannot be exchanged
effects     what each operation touches
course      follows the beginning of an execution, and notes its steps
races       which steps of an execution could have come the other way round
wakeup      sequences that are to be executed, as a tree
tree        the search: what was executed, what is asleep, what is next
"""
