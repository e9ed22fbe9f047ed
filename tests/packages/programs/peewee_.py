"""Threads that write to one SQLite database through pooled connections."""

import os
import tempfile
import threading

from peewee import CharField, IntegerField, Model
from playhouse.pool import PooledSqliteDatabase

database = PooledSqliteDatabase(None, max_connections=2, stale_timeout=300, timeout=30, check_same_thread=False)


class Account(Model):
    owner = CharField(unique=True)
    balance = IntegerField(default=0)

    class Meta:
        database = database


def deposit(owner):
    for _ in range(3):
        with database.connection_context(), database.atomic("IMMEDIATE"):
            account, _ = Account.get_or_create(owner=owner)
            account.balance += 5
            account.save()


with tempfile.TemporaryDirectory() as folder:
    database.init(os.path.join(folder, "bank.db"))
    with database.connection_context():
        database.create_tables([Account])
    threads = [threading.Thread(target=deposit, args=(owner,)) for owner in ("ann", "bob", "ann")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.connection_context():
        balances = {account.owner: account.balance for account in Account.select()}
    database.close_all()
assert balances == {"ann": 30, "bob": 15}, balances
print("nine deposits")
