"""The worker has a few bytes, which name the event."""

import pickle
import threading
import time

done = threading.Event()


def work(pickled):
    time.sleep(0.2)
    pickle.loads(pickled)


threading.Thread(target=work, args=(b"\x80\x04c__main__\ndone.set\n(tR.",), name="Worker").start()
done.wait()
