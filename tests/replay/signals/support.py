"""What tests of signals use."""

import os
import signal
import threading


def send(number=signal.SIGUSR1):
    os.kill(os.getpid(), number)


def in_thread(call, *args, name="Sender"):
    thread = threading.Thread(target=call, args=args, name=name)
    thread.start()
    return thread


class Interrupted(Exception):
    pass


def raises(number, frame):
    raise Interrupted
