"""Fan-out over one Valkey channel that every worker of every node listens to.

Valkey's publish and subscribe keeps nothing: a worker whose connection was down, or whose message
could not be sent, makes up for it by telling subscribers that they missed something.
"""

from __future__ import annotations

import secrets
import struct
import threading
from collections.abc import Callable
from typing import NamedTuple

import structlog
from redis import ConnectionError as ConnectionLost
from redis import RedisError

from kernel.shared_state.connection import Connection
from kernel.shared_state.subscribers import Subscriber, Subscribers

log = structlog.get_logger(__name__)

CHANNEL = "poolgate:fan-out"
ORIGIN_BYTES = 16
HEADER = struct.Struct(f"!{ORIGIN_BYTES}s?H")
RETRY_SECONDS = 0.2
SILENCE_SECONDS = 0.5
FIRST_SUBSCRIPTION_SECONDS = 2.0


class Frame(NamedTuple):
    """What goes over the wire. `missed` stands for messages that could not be sent."""

    origin: bytes
    missed: bool
    channel: str
    message: bytes

    def encode(self) -> bytes:
        channel = self.channel.encode()
        return HEADER.pack(self.origin, self.missed, len(channel)) + channel + self.message

    @classmethod
    def decode(cls, data: bytes) -> Frame:
        origin, missed, length = HEADER.unpack_from(data)
        body = data[HEADER.size :]
        return cls(origin, missed, body[:length].decode(), body[length:])


class FanOut:
    """One worker's end. The listening thread starts with the first subscription."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._origin = secrets.token_bytes(ORIGIN_BYTES)
        self._subscribers = Subscribers()
        self._unsent: set[str] = set()
        self._listening = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def publish(self, channel: str, message: bytes) -> None:
        self._subscribers.deliver(channel, message)
        frame = Frame(self._origin, False, channel, message)
        sent = self._send(frame)
        if not sent:
            self._unsent.add(channel)
            self._ensure_thread()

    def subscribe(
        self, channel: str, callback: Callable[[bytes], None], missed: Callable[[], None] | None
    ) -> None:
        self._subscribers.add(channel, Subscriber(callback, missed))
        self._ensure_thread()
        # What is published after this returns must arrive.
        self._listening.wait(FIRST_SUBSCRIPTION_SECONDS)

    def close(self) -> None:
        self._closed.set()
        if self._thread:
            # A frame of our own wakes the thread, which ignores it and ends.
            self._send(Frame(self._origin, False, "", b""))
            self._thread.join(2 * SILENCE_SECONDS)

    def _send(self, frame: Frame) -> bool:
        client = self._connection.client

        def send() -> bool:
            client.publish(CHANNEL, frame.encode())
            return True

        return self._connection.ask(send, lambda: False)

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._listen, name="poolgate-fan-out", daemon=True
                )
                self._thread.start()

    def _listen(self) -> None:
        lost = False
        while not self._closed.is_set():
            try:
                self._listen_once(lost)
            except RedisError as error:
                log.debug("fan-out interrupted", reason=type(error).__name__)
            lost = True
            self._closed.wait(RETRY_SECONDS)

    def _listen_once(self, lost: bool) -> None:
        silences = 0
        with self._connection.listening_client.pubsub() as pubsub:
            pubsub.subscribe(CHANNEL)
            while not self._closed.is_set():
                reply = pubsub.get_message(timeout=SILENCE_SECONDS)
                silences = 0 if reply else silences + 1
                if silences > 2:
                    raise ConnectionLost("no answer to a ping")
                if reply is None:
                    pubsub.ping()
                elif reply["type"] == "subscribe":
                    self._begin(lost)
                elif reply["type"] == "message":
                    self._receive(Frame.decode(reply["data"]))
                self._make_up()

    def _begin(self, lost: bool) -> None:
        self._listening.set()
        if lost:
            self._subscribers.report_missed()

    def _receive(self, frame: Frame) -> None:
        if frame.origin == self._origin:
            return
        if frame.missed:
            self._subscribers.report_missed(frame.channel)
        else:
            self._subscribers.deliver(frame.channel, frame.message)

    def _make_up(self) -> None:
        for channel in tuple(self._unsent):
            if self._send(Frame(self._origin, True, channel, b"")):
                self._unsent.discard(channel)
