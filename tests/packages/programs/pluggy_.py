"""Plugins that threads call through one manager, while another thread registers more of them."""

import threading

import pluggy

spec = pluggy.HookspecMarker("example")
impl = pluggy.HookimplMarker("example")


class Specification:
    @spec
    def area(self, side):
        """The area of what has this side."""


class Square:
    @impl
    def area(self, side):
        return side * side


class Checked:
    def __init__(self):
        self.lock = threading.Lock()
        self.calls = 0

    @impl(wrapper=True)
    def area(self, side):
        with self.lock:
            self.calls += 1
        return (yield)


manager = pluggy.PluginManager("example")
manager.add_hookspecs(Specification)
manager.register(Square())
checked = Checked()
manager.register(checked)
barrier = threading.Barrier(4)
areas = []


def ask(side):
    barrier.wait()
    for _ in range(4):
        areas.append(manager.hook.area(side=side)[-1])


def extend():
    barrier.wait()
    for _ in range(3):
        manager.register(Square())


threads = [threading.Thread(target=ask, args=(side,)) for side in (1, 2, 3)] + [threading.Thread(target=extend)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(areas) == [1] * 4 + [4] * 4 + [9] * 4
assert checked.calls == 12 and manager.hook.area(side=5) == [25] * 4
print("12 areas")
