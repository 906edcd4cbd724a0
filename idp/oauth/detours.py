"""Ways that a sign-out takes in the browser before it arrives: other software is told on them.

Who knows of such software is above this package, and is handed in by `app.create_app`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from idp.oauth.sessions import Ended
from kernel.runtime import Kernel


class SignOutDetour(Protocol):
    """One kind of software that is told."""

    def __call__(self, pool_id: str, ended: Ended, target: str) -> str:
        """Where to go so as to arrive at `target` in the end; `target` itself where nobody is to
        be told. It is an address of ours, or one that a sign-out may lead to."""


@dataclass(frozen=True)
class SignOutDetours:
    """All of them: the last one is taken first."""

    all: tuple[SignOutDetour, ...] = ()

    def lead(self, pool_id: str, ended: Ended, target: str) -> str:
        for detour in self.all:
            target = detour(pool_id, ended, target)
        return target


def lead(kernel: Kernel, pool_id: str, ended: Ended, target: str) -> str:
    """By all of the detours that there are."""
    found = kernel.find(SignOutDetours)
    return target if found is None else found.lead(pool_id, ended, target)
