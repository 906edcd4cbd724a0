"""The values of API keys: how they are made, kept and found.

A value is sealed for its key's row. It is found by a digest that is keyed with the sealing key, so
that the database alone neither reveals a key nor lets anybody test a guess.
"""

from __future__ import annotations

from gateway import quotas
from gateway.control.errors import Invalid
from kernel.clock import Randomness
from kernel.sealing import Sealer

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
GENERATED_CHARACTERS = 40
PURPOSE = "gateway api key"


def generate(randomness: Randomness) -> str:
    """A new value, as AWS makes them: 40 letters and digits."""
    return randomness.text(GENERATED_CHARACTERS, ALPHABET)


def fingerprint_of(sealer: Sealer, value: str) -> str:
    """64 hexadecimal digits by which a value is found."""
    return sealer.derive("gateway api key", value).hex()


def seal(sealer: Sealer, key_id: str, value: str) -> bytes:
    """A value as it is stored, for this key alone."""
    return sealer.seal(value.encode(), _purpose(key_id))


def unseal(sealer: Sealer, key_id: str, sealed: bytes) -> str:
    """The value. Raises `Unsealable`."""
    return sealer.open(sealed, _purpose(key_id)).decode()


def require_value(value: str) -> None:
    """Refuse what cannot be the value of a header. Raises `Invalid`."""
    if len(value) < quotas.API_KEY_CHARACTERS_LEAST:
        raise Invalid(
            f"API Key value should be at least {quotas.API_KEY_CHARACTERS_LEAST} characters"
        )
    if len(value) > quotas.API_KEY_CHARACTERS_MOST:
        raise Invalid(
            f"API Key value should be at most {quotas.API_KEY_CHARACTERS_MOST} characters"
        )
    if not (value.isascii() and value.isprintable()) or value != value.strip():
        raise Invalid("API Key value should be printable ASCII without spaces around it")


def _purpose(key_id: str) -> str:
    return f"{PURPOSE} {key_id}"
