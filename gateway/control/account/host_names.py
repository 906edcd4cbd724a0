"""Hosts that something else of this server answers at, such as the pages of a user pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel.runtime import Kernel


@dataclass(frozen=True)
class OtherHosts:
    """`is_taken` says of a host name, or a wildcard such as `*.example.com`, whether it is, or
    covers, one of them. `app.py` provides it."""

    is_taken: Callable[[Session, str], bool]

    @classmethod
    def of(cls, kernel: Kernel) -> OtherHosts:
        """What was provided; a gateway alone has no other hosts."""
        return kernel.find(cls) or cls(lambda _session, _name: False)
