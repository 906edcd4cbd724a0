"""The operator's certificates: INSTANCE/certificates/NAME.crt and NAME.key, in PEM.

NAME is a host name, with `_` for the star of a wildcard (`_.example.com`), or any other name that
an ARN then says. What is read is what is there at that moment, so that a renewed pair serves from
the next connection on.
"""

from __future__ import annotations

import re
from pathlib import Path

from cryptography import x509

from kernel.settings import Settings
from kernel.tls.pairs import BadPair, Pair, read

FOLDER = "certificates"
MOST_BYTES = 262_144
MISSING = "is not in the folder of certificates, INSTANCE/certificates, as NAME.crt and NAME.key"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,250}")

Stamp = tuple[tuple[int, int, int], ...]
"""Of each file its inode, size and time of change."""


class CertificateFolder:
    """Pairs by name. They are for hosts of the operator's own `account`, where it has one: whoever
    may make domains for another would speak by the operator's wildcard for names below it."""

    def __init__(self, folder: Path, account: str = "") -> None:
        self._folder = folder
        self._account = account

    @classmethod
    def of(cls, settings: Settings) -> CertificateFolder:
        return cls(settings.instance / FOLDER, settings.account_id)

    def is_for(self, account: str) -> bool:
        """Whether domains of an account may have a pair. A host that is no domain has no account,
        and may."""
        return account == "" or self._account in ("", account)

    def stamp(self, name: str) -> Stamp | None:
        """What changes when the pair does; None where there is no such pair."""
        if not _NAME.fullmatch(name):
            return None
        try:
            found = [path.stat() for path in self._paths(name)]
        except OSError:
            return None
        return tuple((each.st_ino, each.st_size, each.st_mtime_ns) for each in found)

    def find(self, host: str, account: str = "") -> str:
        """The name of the pair for a host, the whole name before a wildcard; empty where there is
        none for its account. `host` may be a wildcard itself."""
        if not self.is_for(account):
            return ""
        names = (file_name(host), f"_.{host.partition('.')[2]}")
        return next((name for name in names if self.stamp(name) is not None), "")

    def read(self, name: str) -> tuple[Pair, x509.Certificate]:
        """The pair and its certificate. Raises `BadPair`."""
        if not _NAME.fullmatch(name):
            raise BadPair(MISSING)
        try:
            chain, key = (_read(path) for path in self._paths(name))
        except OSError:
            raise BadPair(MISSING) from None
        return read(chain, key)

    def _paths(self, name: str) -> tuple[Path, Path]:
        return self._folder / f"{name}.crt", self._folder / f"{name}.key"


def file_name(host: str) -> str:
    """What a host's files are called."""
    return f"_{host[1:]}" if host.startswith("*.") else host


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadPair(f"has more than {MOST_BYTES} bytes")
    return content
