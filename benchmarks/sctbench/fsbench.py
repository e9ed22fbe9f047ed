"""Threads that give a block of a disk to an inode each, with a lock for each inode and each block."""

from __future__ import annotations

import threading
from functools import partial

from benchmarks.sctbench.threads import run

_BLOCKS = 26
_INODES = 32
_THREADS = 27


class _Disk:
    def __init__(self) -> None:
        self.inode_locks = tuple(threading.Lock() for _ in range(_BLOCKS))
        self.block_locks = tuple(threading.Lock() for _ in range(_BLOCKS))
        self.busy = [False] * _BLOCKS
        self.inodes = [0] * _INODES

    def allocate(self, number: int) -> None:
        inode = number % _INODES
        assert 0 <= inode < _BLOCKS, "there is no lock for this inode"
        with self.inode_locks[inode]:
            if self.inodes[inode] == 0:
                block = (inode * 2) % _BLOCKS
                for _ in range(_BLOCKS // 2):
                    with self.block_locks[block]:
                        if not self.busy[block]:
                            self.busy[block] = True
                            self.inodes[inode] = block + 1
                            break
                    block = (block + 1) % _BLOCKS


def fsbench() -> None:
    """Fails on every schedule: there is a thread more than there are locks for inodes."""
    disk = _Disk()
    run(*[partial(disk.allocate, number) for number in range(_THREADS)])
