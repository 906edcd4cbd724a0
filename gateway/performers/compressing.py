"""Compresses and decompresses, large bodies beside the hub."""

from __future__ import annotations

from gateway.compression import TooLarge, Undecodable, decode, encode
from gateway.context import Reply
from gateway.effects import Compress, Decompress
from gateway.quotas import PAYLOAD_BYTES
from gateway.replies import BAD_REQUEST, PAYLOAD_TOO_LARGE
from kernel.threads import in_thread

HERE_BYTES = 16 * 1024
"""Up to this size a body is worked on where the request is: a thread would take longer."""


def compress(effect: Compress) -> bytes:
    """The body in the coding that the effect names."""
    if len(effect.body) <= HERE_BYTES:
        return encode(effect.body, effect.coding)
    return in_thread(encode, effect.body, effect.coding)


def decompress(effect: Decompress) -> bytes | Reply:
    """A small body may grow, so all of them are worked on in a thread."""
    try:
        return in_thread(decode, effect.body, effect.coding, PAYLOAD_BYTES)
    except TooLarge:
        return PAYLOAD_TOO_LARGE
    except Undecodable:
        return BAD_REQUEST
