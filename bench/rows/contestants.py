"""How rows name their peers: those that are installed, and the names of those that are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.limits import arithmetic, has_openssl
from bench.measurement import Contestant, Target
from bench.peer_servers import Missing


def installed(
    *candidates: Callable[[], Contestant],
) -> tuple[Sequence[Contestant], Sequence[str]]:
    """The contestants that there are, and the names of the missing ones."""
    present, missing = [], []
    for candidate in candidates:
        try:
            present.append(candidate())
        except Missing as name:
            missing.append(str(name))
    return present, missing


def limit(
    name: str, signatures: int, exponentiations: int = 0, target: Target | None = None
) -> Callable[[], Contestant]:
    """The arithmetic that a request cannot do without, by openssl and GMP."""

    def candidate() -> Contestant:
        if not has_openssl():
            raise Missing("openssl")
        return Contestant(name, arithmetic(signatures, exponentiations), target)

    return candidate
