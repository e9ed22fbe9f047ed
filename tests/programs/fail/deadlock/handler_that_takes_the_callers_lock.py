"""A log handler, called under its own lock, takes the lock under which others log."""

# threads: MainThread, Seller
# objects: lock, Handler.lock
# cycle: MainThread -> lock -> Seller -> Handler.lock

import logging
import threading

lock = threading.RLock()


class Counter(logging.Handler):
    count = 0

    def emit(self, record):
        with lock:
            self.count += 1


logger = logging.Logger("shop")
logger.addHandler(Counter())


def sell():
    with lock:
        logger.warning("sold")


seller = threading.Thread(target=sell, name="Seller")
seller.start()
logger.warning("open")
seller.join()
