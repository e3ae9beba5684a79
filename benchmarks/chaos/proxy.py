"""A TCP proxy between a partner and the server that breaks connections on purpose."""

import random
import socket
import struct
import threading
from collections import Counter

# what may happen to an exchange of a request and its answer
KINDS = ("lost request", "lost answer", "half answer", "reset", "slow answer")
CHUNK = 65536


class Proxy:
    """Passes bytes on, and now and then does not.

    `lost answer` is the hard one: the server has committed, and the partner never
    hears of it.

    :param target: port of the server
    :param share: share of connections that suffer, 0 to 1; may be changed any time
    :ivar faults: number of faults by kind
    """

    def __init__(self, target: int, seed: int, share: float):
        self.target, self.share = target, share
        self.faults: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._kinds: list[str] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _draw(self) -> str:
        with self._lock:
            if self._chance.random() >= self.share:
                return ""
            if not self._kinds:  # each kind has its turn
                self._kinds = self._chance.sample(KINDS, len(KINDS))
            return self._kinds.pop()

    def _serve(self, client: socket.socket) -> None:
        """One connection; a fault is drawn anew for each of its requests."""
        server = None
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=120)
            while request := client.recv(CHUNK):
                request += self._rest(client, request)
                if not self._pass(request, client, server):
                    return
        except OSError:
            pass  # one side is gone; the other is told by closing
        finally:
            client.close()
            if server:
                server.close()

    def _pass(self, request: bytes, client: socket.socket, server: socket.socket):
        """Whether the connection lives on after this request."""
        kind = self._draw()
        if kind == "lost request":
            self._count(kind)
            return False
        server.sendall(request)
        answer = server.recv(CHUNK)
        if not answer:
            return False
        answer += self._rest(server, answer)
        if kind:
            self._count(kind)
        if kind == "lost answer":
            return False
        if kind == "reset":
            linger = struct.pack("ii", 1, 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        if kind == "half answer":
            client.sendall(answer[: len(answer) // 2])
            return False
        if kind == "slow answer":
            threading.Event().wait(self._chance.uniform(0.1, 0.5))
        client.sendall(answer)
        return True

    def _count(self, kind: str) -> None:
        with self._lock:
            self.faults[kind] += 1

    @staticmethod
    def _rest(source: socket.socket, begun: bytes) -> bytes:
        """What is missing of an HTTP message that says its length."""
        message = begun
        while b"\r\n\r\n" not in message:
            message += _receive(source)
        head, _, body = message.partition(b"\r\n\r\n")
        missing = _length(head) - len(body)
        while missing > 0:
            part = _receive(source)
            message += part
            missing -= len(part)
        return message[len(begun) :]


def _receive(source: socket.socket) -> bytes:
    part = source.recv(CHUNK)
    if not part:
        raise OSError("closed in the middle of a message")
    return part


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0
