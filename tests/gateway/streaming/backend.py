"""A backend whose connection is in the test's hands: it sends what and when the test says."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time


class StreamingBackend:
    """Serves one connection after another; `sent` and `received` count bytes of the last one."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        # Connections inherit it: what is not read is soon held back.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connection: socket.socket | None = None
        self.received: bytes | bytearray = b""
        self.connections = 0
        self.holds_back = False
        """Whether it reads nothing for now."""
        self.echoes = False
        """Whether it sends back each byte of a body that it gets, at once."""
        self.is_gone = threading.Event()
        """Whether the gateway has closed the connection."""
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # `close` alone leaves its thread waiting
        self._listener.close()
        self.break_off()

    def send(self, data: bytes) -> None:
        self.wait(lambda: self.connection is not None and b"\r\n\r\n" in self.received)
        assert self.connection is not None
        self.connection.sendall(data)

    def begin(self, *headers: str, length: int | None = None) -> None:
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        self.send("\r\n".join(["HTTP/1.1 200 OK", framing, *headers, "\r\n"]).encode())

    def chunk(self, data: bytes) -> None:
        self.send(b"%x\r\n%b\r\n" % (len(data), data))

    def break_off(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def wait(self, condition) -> None:
        ends = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < ends, "nothing happened in time"
            time.sleep(0.005)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self.received = b""
                self.is_gone.clear()
                self.connection = connection
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            received = bytearray()
            while block := self._receive(connection):
                received += block
                self.received = received
                if self.echoes:
                    self._echo(connection, block)
        self.is_gone.set()
        connection.close()

    def _echo(self, connection: socket.socket, block: bytes) -> None:
        head, end, rest = block.partition(b"\r\n\r\n")
        if head.startswith(b"POST "):
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + end + rest)
        else:
            connection.sendall(block)

    def _receive(self, connection: socket.socket) -> bytes:
        while self.holds_back:
            time.sleep(0.01)
        return connection.recv(1_048_576)


class Client:
    """A client that reads as slowly as the test wants it to."""

    def __init__(
        self,
        port: int,
        target: str,
        host: str,
        *,
        method: str = "GET",
        head: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._request = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{head}\r\n".encode()
        self.seen = b""
        self.ask()

    def ask(self) -> None:
        self.socket.sendall(self._request)

    def send_in_background(self, data: bytes) -> None:
        """Send until it is all sent, or the server hangs up."""

        def send() -> None:
            with contextlib.suppress(OSError):
                self.socket.sendall(data)

        self._sending = threading.Thread(target=send, daemon=True)
        self._sending.start()

    def sent_all(self) -> None:
        self._sending.join(10)
        assert not self._sending.is_alive()

    def read_until(self, wanted: bytes) -> None:
        while wanted not in self.seen:
            block = self.socket.recv(65536)
            assert block, f"the connection ended before {wanted!r}: {self.seen[-200:]!r}"
            self.seen += block

    def read_to_the_end(self) -> bytes:
        with contextlib.suppress(ConnectionError):
            while block := self.socket.recv(65536):
                self.seen += block
        return self.seen

    def read_exactly(self, size: int) -> bytes:
        """The body of a reply with a length, counted from what was read of it already."""
        body = bytearray(self.seen.partition(b"\r\n\r\n")[2])
        while len(body) < size:
            block = self.socket.recv(1_048_576)
            assert block, "the body ended early"
            body += block
        return bytes(body)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
