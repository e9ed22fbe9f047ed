"""A strategy that takes all choices, one execution after the other."""

import replay.execution


class Enumerated:
    """Makes the choices it is told, then always the first, and remembers how many there were.

    The main thread, and a thread that begins, disturb nobody: they go first, and that is no choice.
    """

    def __init__(self, choices):
        self.choices = choices
        self.alternatives = []

    def choose(self, enabled, current):
        threads = list(enabled)
        for thread in threads:
            if not thread.path or thread.operation == "thread.begin":
                return thread
        number = len(self.alternatives)
        if number == len(self.choices):
            self.choices.append(0)
        self.alternatives.append(len(threads))
        return threads[self.choices[number]]


# Who chooses is no part of the program: this code is not watched, as if it were the project's own. That is why it has
# a module for itself.
Enumerated.choose.__code__ = Enumerated.choose.__code__.replace(co_filename=replay.execution.__file__)
