"""Two stages, each fed by the other, and nobody puts the first item in."""

# threads: MainThread, Ping, Pong
# objects: Ping, forth.not_empty, back.not_empty

import queue
import threading

forth, back = queue.Queue(), queue.Queue()


def pump(source, target):
    target.put(source.get())


ping = threading.Thread(target=pump, args=(back, forth), name="Ping")
pong = threading.Thread(target=pump, args=(forth, back), name="Pong")
ping.start()
pong.start()
ping.join()
pong.join()
