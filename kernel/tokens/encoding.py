"""Base64url without padding (RFC 7515 §2), strict in reading: one text for one value."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_ALPHABET = re.compile(rb"[A-Za-z0-9_-]*")
_PADDING = (b"", None, b"==", b"=")


def encode(value: bytes) -> str:
    """The text of some bytes."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: bytes) -> bytes:
    """The bytes of a text.

    Raises `ValueError` for padding, foreign characters and non-zero trailing bits, which Python's
    own decoder lets pass: with them, one signature would have many spellings.
    """
    padding = _PADDING[len(text) % 4]
    if padding is None or not _ALPHABET.fullmatch(text):
        raise ValueError("not base64url")
    value = urlsafe_b64decode(text + padding)
    if padding and urlsafe_b64encode(value) != text + padding:
        raise ValueError("not canonical base64url")
    return value


def encode_integer(value: int) -> str:
    """A positive integer, big-endian, in as few bytes as hold it (RFC 7518 §2)."""
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def decode_integer(text: str) -> int:
    """The integer of a JWK member. Raises `ValueError`."""
    return int.from_bytes(decode(text.encode()), "big")
