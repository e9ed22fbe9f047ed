"""One thread writes to another process, and another one reads its answers, line by line."""

import subprocess
import sys
import threading

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"


def read():
    for line in process.stdout:
        got.append(line.strip())
        answered.release()


got = []
answered = threading.Semaphore(0)
command = [sys.executable, "-IS", "-c", ECHO]
with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
    reader = threading.Thread(target=read)
    reader.start()
    for word in ("one", "two", "three"):
        process.stdin.write(word + "\n")
        process.stdin.flush()
        answered.acquire()
    process.stdin.close()
    reader.join()
assert got == ["ONE", "TWO", "THREE"]
assert process.returncode == 0
