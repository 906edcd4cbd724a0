"""A load generator: conversations over kept-alive connections, driven by one epoll loop.

A conversation yields a request and is sent the answer, until it ends; then the connection takes
the next one. What a conversation computes is the client's own time and is charged to nobody.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import httptools

Conversation = Generator[bytes, "Answer", None]


class Refused(RuntimeError):
    """A server did not answer as the measurement needs; its number would mean nothing."""


@dataclass
class Answer:
    """A response; header names are in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def expect(self, status: int) -> Answer:
        if self.status != status:
            raise Refused(f"{self.status} instead of {status}: {self.body[:500]!r}")
        return self


class _Parser:
    """Collects one answer; httptools calls these methods."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.complete = False
        self.keeps_alive = False
        self.parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        header, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.answer.headers[header] = text
        if header == "set-cookie":
            cookie, _, rest = text.partition("=")
            self.answer.cookies[cookie] = rest.partition(";")[0]

    def on_body(self, body: bytes) -> None:
        self.answer.body += body

    def on_message_complete(self) -> None:
        self.answer.status = self.parser.get_status_code()
        # Only now: once it has returned, the parser waits for the next answer and says no.
        self.keeps_alive = self.parser.should_keep_alive()
        self.complete = True


class Connection:
    """A socket and the conversation that it carries at the moment."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self.port, self.selector = port, selector
        self.parser = _Parser()
        self.conversation: Conversation | None = None
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(self.socket, selectors.EVENT_READ, self)

    def close(self) -> None:
        self.selector.unregister(self.socket)
        self.socket.close()

    def begin(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self._send(next(conversation))

    def receive(self) -> bool:
        """Take what has arrived; whether the conversation has ended with it."""
        data = self.socket.recv(65536)
        if not data:
            raise Refused("the server closed a connection")
        self.parser.parser.feed_data(data)
        if not self.parser.complete:
            return False
        if not self.parser.keeps_alive:
            self.close()
            self._connect()
        assert self.conversation is not None
        answer = self.parser.answer
        try:
            self._send(self.conversation.send(answer))
        except StopIteration:
            return True
        return False

    def _send(self, request: bytes) -> None:
        self.parser = _Parser()
        self.socket.sendall(request)


def drive(
    port: int, conversations: Iterator[Conversation], *, connections: int, seconds: float
) -> int:
    """Hold conversations until the time is over or there are no more; how many were finished.

    Raises `Refused` when the server does not play its part.
    """
    deadline = time.monotonic() + seconds
    finished, busy = 0, 0
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            conversation = next(conversations, None)
            if conversation is None:
                break
            connection = Connection(port, selector)
            connection.begin(conversation)
            busy += 1
        while busy:
            for key, _ in selector.select(30) or _stuck():
                if not key.data.receive():
                    continue
                finished += 1
                following = next(conversations, None) if time.monotonic() < deadline else None
                if following is None:
                    key.data.close()
                    busy -= 1
                else:
                    key.data.begin(following)
    return finished


def _stuck() -> list[tuple[selectors.SelectorKey, int]]:
    raise Refused("no answer within 30 s")


def request(
    method: str, path: str, host: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """An HTTP/1.1 request as it is sent."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
