"""One message to one person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

Channel = Literal["email", "sms"]


class DeliveryFailed(Exception):
    """A message could not be handed over. The text holds neither address nor code."""


@dataclass(frozen=True)
class Message:
    """`to` is an e-mail address or an E.164 number; `body` is plain text and holds the code.

    `subject` and `html` are for e-mail alone. `code` is stated apart as well, for the outbox.
    """

    channel: Channel
    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    code: str | None = field(repr=False)
    html: str | None = field(default=None, repr=False)


class Sender(Protocol):
    """Hands messages of one channel over. Raises `DeliveryFailed`."""

    def send(self, message: Message) -> None: ...
