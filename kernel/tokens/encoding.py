"""Base64url without padding (RFC 7515 §2), strict in reading: one text for one value."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

# To Python's alphabet; what is special there but foreign here becomes a character it refuses.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")

_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")

# By length modulo four: the padding, and the last characters whose unused bits are zero.
_ENDINGS = (
    (b"", None),
    None,
    (b"==", frozenset(b"AQgw")),
    (b"=", frozenset(b"AEIMQUYcgkosw048")),
)


def encode(value: bytes) -> str:
    """The text of some bytes."""
    return b2a_base64(value, newline=False).translate(_FROM_STANDARD, b"=").decode()


def decode(text: bytes) -> bytes:
    """The bytes of a text.

    Raises `ValueError` for padding, foreign characters and non-zero unused bits, which Python's
    own decoder lets pass: with them, one signature would have many spellings.
    """
    ending = _ENDINGS[len(text) & 3]
    if ending is None:
        raise ValueError("not base64url")
    padding, last = ending
    if last is not None and text[-1] not in last:
        raise ValueError("not canonical base64url")
    return a2b_base64(text.translate(_TO_STANDARD) + padding, strict_mode=True)


def encode_integer(value: int) -> str:
    """A positive integer, big-endian, in as few bytes as hold it (RFC 7518 §2)."""
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def decode_integer(text: str) -> int:
    """The integer of a JWK member. Raises `ValueError`."""
    return int.from_bytes(decode(text.encode()), "big")
