"""What an ACME server fetches to see that a name is ours (RFC 8555 §8.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel.shared_state.interface import SharedState

PATH = "/.well-known/acme-challenge/"
LIFETIME = 600.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,256}")


@dataclass(frozen=True)
class Challenges:
    """Answers by token. Any worker of any node may be asked for what one of them began."""

    shared_state: SharedState

    def expect(self, token: str, answer: str) -> None:
        """Raises `ValueError` for a token that could not be in a path."""
        if not _TOKEN.fullmatch(token):
            raise ValueError("the token of a challenge is malformed")
        self.shared_state.set(_key(token), answer.encode(), LIFETIME)

    def answer(self, path: str) -> bytes | None:
        """What a path is answered with; None where nothing is expected there."""
        token = path.removeprefix(PATH)
        if token == path or not _TOKEN.fullmatch(token):
            return None
        return self.shared_state.get(_key(token))


def _key(token: str) -> str:
    return f"acme-challenge:{token}"
