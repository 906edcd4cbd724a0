"""A real SMTP server on loopback that keeps what it receives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """The messages that have arrived, oldest first."""

    url: str = ""
    messages: list[EmailMessage] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, to: str, seconds: float = 10) -> EmailMessage:
        """The newest message to an address. Raises `TimeoutError`."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: self._to(to), seconds):
                raise TimeoutError(f"no mail for {to} within {seconds} s")
            return self._to(to)[-1]

    def _to(self, address: str) -> list[EmailMessage]:
        return [m for m in self.messages if m["To"] and address in m["To"]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        with self.arrived:
            self.messages.append(message)
            self.arrived.notify_all()
        return "250 OK"


class _AnyPort(Controller):
    """Binds the port that the system gives."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def smtp_server() -> Iterator[Mailbox]:
    """A mailbox and its address, in the form of the setting `smtp_url`."""
    mailbox = Mailbox()
    controller = _AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    mailbox.url = f"smtp://127.0.0.1:{controller.port}"
    yield mailbox
    controller.stop()
