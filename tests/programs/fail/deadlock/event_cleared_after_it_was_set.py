"""Clearing an event just before waiting for it wipes out what has happened already."""

# threads: MainThread
# objects: done

import threading

done = threading.Event()
threading.Thread(target=done.set, name="Worker").start()
done.clear()
done.wait()
