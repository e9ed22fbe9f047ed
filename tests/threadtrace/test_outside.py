"""Programs that wait for the outside, as a user runs them."""

import os
import subprocess
import sys
import time

import pytest

from tests.support import EXAMPLES, ROOT, command, trace_lines

ORDERED_BY_A_MESSAGE = """\
import socket, threading

a, b = threading.Lock(), threading.Lock()
one, other = socket.socketpair()


def first():
    with a, b:
        pass
    if {message}:
        one.send(b"x")


def second():
    if {message}:
        other.recv(1)
    with b, a:
        pass


threads = [threading.Thread(target=first), threading.Thread(target=second)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


A_CHILD_THAT_IS_POLLED = """\
import subprocess
import sys
import threading
import time


def watch(child):
    for _ in range(100):
        if child.poll() is not None:
            break
        time.sleep(0.1)
    statuses.append(child.returncode)


statuses = []
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.3); raise SystemExit(3)"])
watcher = threading.Thread(target=watch, args=(child,))
watcher.start()
watcher.join()
assert statuses == [3]
"""


A_POOL_OF_THREADS = """\
import multiprocessing.dummy
import multiprocessing.pool


def square(number):
    return number * number


if __name__ == "__main__":
    with multiprocessing.pool.ThreadPool(2) as pool:
        assert pool.map(square, range(4)) == [0, 1, 4, 9]
        assert pool.apply_async(square, (5,)).get(10) == 25
    with multiprocessing.dummy.Pool(2) as pool:
        assert sorted(pool.imap_unordered(square, range(3))) == [0, 1, 4]
"""


A_SERVER_WITH_A_THREAD_FOR_EACH_REQUEST = """\
import http.server
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def get(path):
    with opener.open(f"http://127.0.0.1:{server.server_address[1]}{path}") as answer:
        assert answer.read() == path.encode()


opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    clients = [threading.Thread(target=get, args=(path,)) for path in ("/one", "/two")]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    server.shutdown()
    serving.join()
"""


def run(tmp_path, source, *options, name="program"):
    (tmp_path / f"{name}.py").write_text(source)
    return command("run", "--json", *options, f"{name}.py", cwd=tmp_path)


@pytest.mark.parametrize("strategy", ["round-robin", "random", "no-preemption"])
def test_a_server_and_its_clients_repeat_exactly(tmp_path, strategy):
    for seed in range(3):
        ran = command(
            "run", "--json", "--check", "--strategy", strategy, "--seed", str(seed), f"{EXAMPLES}/echo.py", cwd=tmp_path
        )
        assert ran.json["verdict"] == "passed", ran.json
        again = command("replay", "--json", "echo.trace", cwd=tmp_path)
        assert again.json["verdict"] == "passed", again.json


def test_a_message_orders_locks(tmp_path):
    ordered = run(tmp_path, ORDERED_BY_A_MESSAGE.format(message=True))
    assert ordered.json["warnings"] == []
    not_ordered = run(tmp_path, ORDERED_BY_A_MESSAGE.format(message=False))
    assert len(not_ordered.json["warnings"]) == 1


def test_another_process_gets_real_time(tmp_path):
    """A limit of ten seconds is not over because nothing in the program can go on."""
    source = "import subprocess, sys, threading\n"
    source += "def work(): subprocess.run([sys.executable, '-c', 'import time; time.sleep(0.5)'], timeout=10)\n"
    source += "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n"
    ran = run(tmp_path, source)
    assert ran.json["verdict"] == "passed", ran.json["failures"]
    assert ran.json["elapsed_s"] > 0.4


def test_time_limits_inside_the_program_take_no_time(tmp_path):
    source = "import socket, threading, time\none, other = socket.socketpair()\none.settimeout(1000)\n"
    source += "thread = threading.Thread(target=lambda: (time.sleep(500), other.send(b'x')))\nthread.start()\n"
    source += "assert one.recv(1) == b'x'\ntry:\n    one.recv(1)\nexcept TimeoutError:\n    thread.join()\n"
    ran = run(tmp_path, source)
    assert ran.json["verdict"] == "passed", ran.json["failures"]
    assert ran.json["elapsed_s"] < 5


def test_a_client_from_outside_is_served(tmp_path):
    """While the server's loop polls, with time limits that take no time when nobody is there."""
    (tmp_path / "server.py").write_text(
        "import http.server, threading\n"
        "class Handler(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        self.send_response(204)\n        self.end_headers()\n"
        "        threading.Thread(target=server.shutdown).start()\n"
        "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)\n"
        "print(server.server_address[1], flush=True)\nserver.serve_forever()\nserver.server_close()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "threadtrace", "run", "--quiet", "server.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        port = int(process.stdout.readline())
        time.sleep(0.5)
        import urllib.request

        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            assert answer.status == 204
        shown, _ = process.communicate(timeout=20)
    assert process.returncode == 0, shown


def test_who_waits_for_ever_is_named(tmp_path):
    """A server without clients is no deadlock; the time limit tells where it was."""
    source = "import socket, threading\nlistener = socket.create_server(('127.0.0.1', 0))\n"
    source += "thread = threading.Thread(target=listener.accept, name='server')\nthread.start()\nthread.join()\n"
    ran = run(tmp_path, source, "--time-limit", "1")
    assert ran.json["ending"] == "time"
    assert "server" in ran.json["failures"][0]["message"], ran.json["failures"]


def test_lost_threads_are_found_beside_a_server(tmp_path):
    source = "import socket, threading\nlistener = socket.create_server(('127.0.0.1', 0))\n"
    source += "threading.Thread(target=listener.accept, daemon=True).start()\n"
    source += "lock = threading.Lock()\nlock.acquire()\n"
    source += "thread = threading.Thread(target=lock.acquire, name='lost')\nthread.start()\nthread.join()\n"
    ran = run(tmp_path, source, "--time-limit", "20")
    assert [failure["kind"] for failure in ran.json["failures"]] == ["deadlock"]
    assert "lost" in ran.json["failures"][0]["threads"]


def test_input_is_waited_for_by_one_thread(tmp_path):
    (tmp_path / "ask.py").write_text(
        "import sys, threading\n"
        "thread = threading.Thread(target=lambda: print('meanwhile', flush=True))\n"
        "thread.start()\nprint('got', input('? '), sys.stdin.readline().strip())\nthread.join()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "threadtrace", "run", "--quiet", "ask.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        input="one\ntwo\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran
    assert "got one two" in ran.stdout


@pytest.mark.parametrize("strategy", ["round-robin", "random"])
def test_a_child_that_is_polled_gets_real_time(tmp_path, strategy):
    """How often depends on the machine, so that this does not repeat; but it must not be over at once."""
    ran = run(tmp_path, A_CHILD_THAT_IS_POLLED, "--strategy", strategy)
    assert ran.json["verdict"] == "passed", ran.json["failures"]


@pytest.mark.parametrize("source", [A_POOL_OF_THREADS, A_SERVER_WITH_A_THREAD_FOR_EACH_REQUEST], ids=["pool", "http"])
@pytest.mark.parametrize("seed", range(4))
def test_pools_and_servers_of_the_standard_library(tmp_path, seed, source):
    ran = run(tmp_path, source, "--strategy", "random", "--seed", str(seed))
    assert ran.json["verdict"] == "passed", ran.json["failures"]
    again = command("replay", "--json", "program.trace", cwd=tmp_path)
    assert again.json["divergence"] is None, again.json


def test_a_pipe_that_another_process_writes_too_is_outside(tmp_path):
    """Its other end is still open here, but it is the child that writes."""
    source = "import os, subprocess, sys, threading\nreading, writing = os.pipe()\n"
    source += (
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(0.5); print(1)'], stdout=writing)\n"
    )
    source += "thread = threading.Thread(target=lambda: print('got', os.read(reading, 10)))\n"
    source += "thread.start()\nthread.join()\nchild.wait()\n"
    ran = run(tmp_path, source)
    assert ran.json["verdict"] == "passed", ran.json["failures"]


def test_selecting_nothing_takes_program_time(tmp_path):
    source = "import select, threading\n"
    source += (
        "thread = threading.Thread(target=select.select, args=([], [], [], 1000))\nthread.start()\nthread.join()\n"
    )
    ran = run(tmp_path, source)
    assert ran.json["verdict"] == "passed", ran.json["failures"]
    assert ran.json["elapsed_s"] < 5


def test_a_pipe_that_does_not_block_is_an_operation(tmp_path):
    """A byte in a pipe whose writing end does not block wakes the reader at once, as events wake a server's loop."""
    source = "import os, threading\nreading, writing = os.pipe()\nos.set_blocking(writing, False)\n"
    source += "thread = threading.Thread(target=os.read, args=(reading, 1), name='reader')\nthread.start()\n"
    source += "os.write(writing, b'x')\nthread.join()\n"
    ran = run(tmp_path, source, "--strategy", "no-preemption")
    assert ran.json["verdict"] == "passed", ran.json["failures"]
    operations = [event["operation"] for event in trace_lines(tmp_path / "program.trace")[1:-1]]
    assert operations.index("file.write") < operations.index("file.read")


def test_an_epoll_is_told_of_more_while_somebody_waits_in_it(tmp_path):
    source = "import os, select, subprocess, sys, threading\npoll = select.epoll()\n"
    source += "thread = threading.Thread(target=lambda: print('got', len(poll.poll(60))))\nthread.start()\n"
    source += "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(0.5); print(1)'], stdout=-1)\n"
    source += "poll.register(child.stdout.fileno(), select.EPOLLIN)\nthread.join()\n"
    source += "assert child.communicate()[0] == b'1\\n'\nassert child.returncode == 0\n"
    ran = run(tmp_path, source)
    assert ran.json["verdict"] == "passed", ran.json["failures"]
    events = trace_lines(tmp_path / "program.trace")[1:-1]
    assert "select.wait" in [event["operation"] for event in events]
    assert "select.timeout" not in [event["operation"] for event in events]


def test_a_copy_of_a_pipe_is_called_as_the_pipe_whatever_its_number(tmp_path):
    source = (
        "import os, threading\nreading, writing = os.pipe()\nos.set_blocking(writing, False)\ncopy = os.dup(reading)\n"
    )
    source += "thread = threading.Thread(target=os.read, args=(copy, 1))\nthread.start()\n"
    source += "os.write(writing, b'x')\nthread.join()\n"
    ran = run(tmp_path, source, "--check")
    assert ran.json["verdict"] == "passed", ran.json
    objects = {event.get("object") for event in trace_lines(tmp_path / "program.trace")}
    assert {"reading", "writing"} <= objects
