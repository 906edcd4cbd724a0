"""AES-256-GCM envelopes: secrets at rest, and sealed tokens that carry state by themselves.

An envelope is `version byte | 12-byte nonce | ciphertext and tag`; the version names the sealing
key, so keys can be rotated. The purpose is authenticated with it (additional data): an envelope
made for one purpose, or for one row, cannot be opened as another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.settings import SettingError, Settings

NONCE_BYTES = 12
KEY_BYTES = 32
COMMAND_SECONDS = 30


class Unsealable(ValueError):
    """An envelope that was altered, was made for another purpose, or has expired."""


class Expired(Unsealable):
    """A sealed token that was good once."""


@dataclass(frozen=True)
class Sealer:
    """Seals under the newest key and opens under any. Keys are 32 bytes by version 1 to 255."""

    keys: Mapping[int, bytes] = field(repr=False)
    time: Callable[[], float] = time.time

    def seal(self, plain: bytes, purpose: str) -> bytes:
        version = max(self.keys)
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[version]).encrypt(nonce, plain, purpose.encode())
        return bytes([version]) + nonce + sealed

    def open(self, envelope: bytes, purpose: str) -> bytes:
        """The plain bytes. Raises `Unsealable`."""
        if len(envelope) <= 1 + NONCE_BYTES or envelope[0] not in self.keys:
            raise Unsealable("unknown sealing key")
        nonce, sealed = envelope[1 : 1 + NONCE_BYTES], envelope[1 + NONCE_BYTES :]
        try:
            return AESGCM(self.keys[envelope[0]]).decrypt(nonce, sealed, purpose.encode())
        except InvalidTag:
            raise Unsealable("altered, or sealed for another purpose") from None

    def seal_token(self, value: Any, purpose: str, lifetime: float) -> str:
        """A URL-safe text that holds a JSON value and opens for `lifetime` seconds."""
        body = orjson.dumps({"v": value, "exp": self.time() + lifetime})
        return base64.urlsafe_b64encode(self.seal(body, purpose)).decode().rstrip("=")

    def open_token(self, token: str, purpose: str) -> Any:
        """The value of a sealed token. Raises `Unsealable`, also when it has expired."""
        try:
            envelope = base64.b64decode(
                token + "=" * (-len(token) % 4), altchars=b"-_", validate=True
            )
        except ValueError:
            raise Unsealable("not a sealed token") from None
        body = orjson.loads(self.open(envelope, purpose))
        if self.time() >= body["exp"]:
            raise Expired("expired")
        return body["v"]

    def derive(self, purpose: str, *parts: str) -> bytes:
        """32 bytes that are stable for the oldest key: simulated salts, blind indexes."""
        message = "\x00".join((purpose, *parts)).encode()
        return hmac.new(self.keys[min(self.keys)], message, hashlib.sha256).digest()


def load(settings: Settings) -> Sealer:
    """The sealer of an instance. Raises `SettingError` where there is no usable key."""
    if settings.sealing_key_command:
        content = _from_command(settings.sealing_key_command)
        return Sealer(_parse(content, "sealing_key_command"))
    path = settings.sealing_key_path
    try:
        # A byte that is no text is no line of keys either: that is said of the content, below.
        content = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise SettingError(f"sealing_key_file {path} cannot be read: {error.strerror}.") from None
    return Sealer(_parse(content, f"sealing_key_file {path}"))


def create_key_file(path: Path) -> None:
    """Write a first key, readable by its owner alone; an existing file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(format_key(1, secrets.token_bytes(KEY_BYTES)))
        file.flush()
        os.fsync(file.fileno())


def format_key(version: int, key: bytes) -> str:
    """A line of the key file: `VERSION BASE64`."""
    return f"{version} {base64.b64encode(key).decode()}\n"


def _from_command(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, not a shell
            shlex.split(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise SettingError(
            f"sealing_key_command did not answer within {COMMAND_SECONDS} s."
        ) from None
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        raise SettingError("sealing_key_command failed.") from None
    return done.stdout


def _parse(content: str, source: str) -> dict[int, bytes]:
    lines = [line.split() for line in content.split("\n") if line.strip()]
    try:
        versions = [int(version) for version, _ in lines]
        keys = [base64.b64decode(encoded, validate=True) for _, encoded in lines]
    except ValueError:
        versions, keys = [], []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingError(f"{source} must hold lines of a version and 32 bytes in base64.")
    if not all(1 <= version <= 255 for version in versions):
        raise SettingError(f"{source} must number its keys from 1 to 255.")
    if len(set(versions)) != len(versions):
        # What was sealed under the one that lost would never open again.
        raise SettingError(f"{source} must number each key differently.")
    return dict(zip(versions, keys, strict=True))
