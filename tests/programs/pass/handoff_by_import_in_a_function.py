"""The worker imports the module with the event when it is done; nothing leads there before."""

import sys
import threading
import time
import types

signals = sys.modules["signals_of_this_program"] = types.ModuleType("signals_of_this_program")
signals.done = threading.Event()


def work():
    time.sleep(0.2)
    from signals_of_this_program import done

    done.set()


threading.Thread(target=exec, args=(work.__code__, {"time": time}), name="Worker").start()
signals.done.wait()
del sys.modules["signals_of_this_program"]
