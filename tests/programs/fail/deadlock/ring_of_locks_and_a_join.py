"""A wait for a thread can be a part of the ring: Saver waits for Loader, which waits for a lock."""

# threads: MainThread, Loader, Saver, Logger
# objects: Loader, config, disk
# cycle: Loader -> disk -> Logger -> config -> Saver

import threading

config, disk = threading.Lock(), threading.Lock()
config_is_held, disk_is_held = threading.Event(), threading.Event()


def load():
    config_is_held.wait()
    disk_is_held.wait()
    with disk:
        pass


def save():
    with config:
        config_is_held.set()
        loader.join()


def log():
    with disk:
        disk_is_held.set()
        config_is_held.wait()
        with config:
            pass


loader = threading.Thread(target=load, name="Loader")
saver = threading.Thread(target=save, name="Saver")
logger = threading.Thread(target=log, name="Logger")
loader.start()
saver.start()
logger.start()
loader.join()
saver.join()
logger.join()
