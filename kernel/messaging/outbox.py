"""The outbox: messages as JSON lines in a file, where no sender is configured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kernel.appending import append
from kernel.clock import Clock
from kernel.messaging.message import DeliveryFailed, Message
from kernel.settings import Settings
from kernel.threads import in_thread


@dataclass(frozen=True)
class Outbox:
    """Appends to one file that all workers share; readable by its owner alone."""

    path: Path
    clock: Clock = field(default_factory=Clock)

    @classmethod
    def of(cls, settings: Settings) -> Outbox:
        """The outbox of an instance."""
        return cls(settings.instance / "outbox.jsonl")

    def send(self, message: Message) -> None:
        """Append the message. Raises `DeliveryFailed`, then the file is as it was before."""
        entry = {
            "time": self.clock.now(),
            "channel": message.channel,
            "to": message.to,
            "subject": message.subject,
            "body": message.body,
            "code": message.code,
        }
        line = orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE)
        try:
            in_thread(append, self.path, line)
        except OSError as error:
            raise DeliveryFailed(f"the outbox cannot be written: {error.strerror}") from None

    def entries(self) -> Iterator[dict[str, Any]]:
        """The messages, oldest first, each as it was written: `time`, `channel`, `to`, ..."""
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            yield from (orjson.loads(line) for line in lines)
