"""Threads that take connections out of a small pool, and write to one SQLite database."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, func, select
from sqlalchemy.pool import QueuePool

metadata = MetaData()
notes = Table("notes", metadata, Column("id", Integer, primary_key=True), Column("author", String(20)))


def write(author):
    for _ in range(3):
        with engine.begin() as connection:
            connection.execute(notes.insert().values(author=author))
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).where(notes.c.author == author))


with tempfile.TemporaryDirectory() as folder:
    engine = create_engine(
        f"sqlite:///{os.path.join(folder, 'notes.db')}",
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=1,
        pool_timeout=None,
    )
    metadata.create_all(engine)
    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(write, ["ann", "bob", "eve"]))
    with engine.connect() as connection:
        total = connection.scalar(select(func.count()).select_from(notes))
    assert engine.pool.checkedout() == 0
    engine.dispose()
assert counts == [3, 3, 3] and total == 9, (counts, total)
print(f"{total} notes")
