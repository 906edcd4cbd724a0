"""The file of a user pool on its way: chunks that a passphrase seals, each in its place.

    POOLGATE-POOL-1 LF | length | header | length | chunk | length | chunk ...

Lengths are four bytes, big-endian. The header is JSON in clear: how argon2id makes the key of the
passphrase, a salt, and the file's id. A chunk is AES-256-GCM. Its nonce counts the chunks and says
whether it is the last one (Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption
and its Nonce-Reuse Misuse-Resistance", STREAM), and the header is authenticated with each: chunks
that are altered, reordered, left out, or taken from another file do not open, nor does a file
whose end is missing. The key is the file's own, since its salt is, so no nonce comes twice.
"""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"POOLGATE-POOL-1\n"
CHUNK_BYTES = 256 * 1024
MOST_CHUNK_BYTES = 64 * 1024 * 1024
MOST_HEADER_BYTES = 4096
TAG_BYTES = 16
KEY_BYTES = 32
SALT_BYTES = 16

# RFC 9106 §4, the second recommended option.
MEMORY_KIB, PASSES, LANES = 65_536, 3, 4
# A header is read before anything proves who wrote it.
MOST_MEMORY_KIB, MOST_PASSES, MOST_LANES = 1_048_576, 16, 16


class Damaged(Exception):
    """The file is none of ours, was altered or cut off, or the passphrase is another one."""


@dataclass(frozen=True)
class Chunk:
    """The plain bytes of a chunk, and where the next one begins."""

    number: int
    plain: bytes
    end: int


class Writer:
    """Seals what is written, in chunks."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        header = {
            "id": str(uuid.uuid4()),
            "salt": base64.b64encode(os.urandom(SALT_BYTES)).decode(),
            "memory": MEMORY_KIB,
            "passes": PASSES,
            "lanes": LANES,
        }
        head = _head(orjson.dumps(header))
        self._file = file
        self._cipher = AESGCM(_key(passphrase, header))
        self._authenticated = hashlib.sha256(head).digest()
        self._pending = bytearray()
        self._number = 0
        file.write(head)

    def write(self, record: bytes) -> None:
        """Add a record. It is never split between two chunks."""
        if self._pending and len(self._pending) + len(record) > CHUNK_BYTES:
            self._seal(is_last=False)
        self._pending += record

    def finish(self) -> None:
        """Seal the last chunk. A file without it is refused."""
        self._seal(is_last=True)

    def _seal(self, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last)
        sealed = self._cipher.encrypt(nonce, bytes(self._pending), self._authenticated)
        self._file.write(len(sealed).to_bytes(4) + sealed)
        self._pending.clear()
        self._number += 1


class Reader:
    """Opens chunks in their order."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        """Raises `Damaged`."""
        self._file = file
        if file.read(len(MAGIC)) != MAGIC:
            raise Damaged("This is no exported user pool, or one of another version.")
        raw = _sized(file, MOST_HEADER_BYTES)
        if raw is None:
            raise Damaged("The file ends within its header.")
        header = _checked_header(raw)
        self.id = str(header["id"])
        self.start = file.tell()
        self._cipher = AESGCM(_key(passphrase, header))
        self._authenticated = hashlib.sha256(_head(raw)).digest()

    def chunks(self, number: int = 0, position: int | None = None) -> Iterator[Chunk]:
        """From chunk `number` at a byte on, to the last. Raises `Damaged` for what does not open,
        and where the last one is missing."""
        self._file.seek(self.start if position is None else position)
        sealed = _sized(self._file, MOST_CHUNK_BYTES + TAG_BYTES)
        if sealed is None:
            raise Damaged("The file has no content.")
        while sealed is not None:
            end = self._file.tell()
            following = _sized(self._file, MOST_CHUNK_BYTES + TAG_BYTES)
            yield Chunk(number, self._open(sealed, number, is_last=following is None), end)
            number, sealed = number + 1, following

    def _open(self, sealed: bytes, number: int, *, is_last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number, is_last), sealed, self._authenticated)
        except InvalidTag:
            raise Damaged("The passphrase is wrong, or the file was altered or cut off.") from None


def _head(header: bytes) -> bytes:
    return MAGIC + len(header).to_bytes(4) + header


def _nonce(number: int, is_last: bool) -> bytes:
    return bytes(3) + bytes([is_last]) + number.to_bytes(8)


def _sized(file: BinaryIO, most: int) -> bytes | None:
    """What follows its length; None at the end of the file."""
    length = file.read(4)
    if not length:
        return None
    size = int.from_bytes(length)
    if len(length) < 4 or size > most:
        raise Damaged("The file was altered or cut off.")
    content = file.read(size)
    if len(content) < size:
        raise Damaged("The file is cut off.")
    return content


def _checked_header(raw: bytes) -> dict[str, Any]:
    try:
        header: dict[str, Any] = orjson.loads(raw)
        salt = base64.b64decode(header["salt"], validate=True)
        is_sound = (
            uuid.UUID(header["id"]) is not None
            and len(salt) == SALT_BYTES
            and 1 <= int(header["lanes"]) <= MOST_LANES
            and 8 * int(header["lanes"]) <= int(header["memory"]) <= MOST_MEMORY_KIB
            and 1 <= int(header["passes"]) <= MOST_PASSES
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        is_sound = False
    if not is_sound:
        raise Damaged("The file's header was altered.")
    return header


def _key(passphrase: str, header: dict[str, Any]) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        base64.b64decode(header["salt"]),
        int(header["passes"]),
        int(header["memory"]),
        int(header["lanes"]),
        KEY_BYTES,
        Type.ID,
    )
