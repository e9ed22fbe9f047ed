"""Every item was taken, none was reported done."""

# threads: MainThread
# objects: jobs.all_tasks_done

import queue
import threading

jobs = queue.Queue()
jobs.put("the only one")
threading.Thread(target=jobs.get, name="Consumer").start()
jobs.join()
