"""What the standard library has for the outside: sockets, pipes, selectors, processes.

polling.py         which of some open files are ready
descriptors.py     open files as objects of a trace, and where what is read from one may come from
waiting.py         one operation that may have to wait for an open file
sockets.py         `socket`
secure_sockets.py  `ssl`
selecting.py       `select`, and with it `selectors`
pipes.py           `os.read`, `os.write` and their like; `open` of a file that is a pipe; `input`
processes.py       `subprocess`, `os.waitpid` and their like
shared_locks.py    the locks of `multiprocessing`
databases.py       `sqlite3`

Regular files are not touched: reading one never waits for another thread.
"""
