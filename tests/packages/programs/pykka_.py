"""Actors, each with a thread of its own, that send each other messages."""

import pykka


class Account(pykka.ThreadingActor):
    def __init__(self, balance):
        super().__init__()
        self.balance = balance

    def change(self, amount):
        self.balance += amount
        return self.balance

    def pay(self, other, amount):
        self.balance -= amount
        return other.change(amount).get()


class Teller(pykka.ThreadingActor):
    def on_receive(self, message):
        return message["payer"].pay(message["payee"], 10).get()


ann, bob = Account.start(100).proxy(), Account.start(0).proxy()
tellers = [Teller.start() for _ in range(3)]
balances = pykka.get_all([teller.ask({"payer": ann, "payee": bob}, block=False) for teller in tellers])
assert sorted(balances) == [10, 20, 30], balances
assert (ann.balance.get(), bob.balance.get()) == (70, 30)
pykka.ActorRegistry.stop_all()
print("three payments")
