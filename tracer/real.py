"""The real primitives, captured before anything is patched.

Only this module takes them from the standard library; everything else in the project takes them from
here, so that the engine can never meet a patched name.
"""

import _signal as _in_c  # type: ignore[import-not-found]
import _thread
import os
import select
import signal as _signal
import sys
import threading
import time

allocate_lock = _thread.allocate_lock
LockType = _thread.LockType
RLockType = _thread.RLock
get_ident = _thread.get_ident
get_native_id = _thread.get_native_id
start_new_thread = _thread.start_new_thread
local = _thread._local

sleep = time.sleep
monotonic = time.monotonic
monotonic_ns = time.monotonic_ns
perf_counter_ns = time.perf_counter_ns
time_ns = time.time_ns
process_time = time.process_time
localtime = time.localtime
gmtime = time.gmtime
ctime = time.ctime
asctime = time.asctime
strftime = time.strftime
if hasattr(time, "clock_gettime"):  # not on Windows
    clock_gettime = time.clock_gettime
    clock_gettime_ns = time.clock_gettime_ns

read = os.read
write = os.write
close = os.close
pipe = os.pipe
waitpid = os.waitpid
open_ = open
poll = getattr(select, "poll", None)
select_ = select.select

Thread = threading.Thread
signal = _signal.signal
if hasattr(_signal, "setitimer"):  # not on Windows
    setitimer = _signal.setitimer
getsignal = _signal.getsignal
# Those that these call, for functions and numbers alone: to make members of an enum takes ten times as long.
install_handler = _in_c.signal
installed_handler = _in_c.getsignal
kill = os.kill
interrupt_main = _thread.interrupt_main

getframe = sys._getframe
settrace = sys.settrace
setprofile = sys.setprofile
