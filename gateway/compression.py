"""Content codings in both directions (RFC 9110 §8.4), where a REST API turned compression on.

"API Gateway compresses the payload of a response of at least `minimumCompressionSize` bytes when
the client's Accept-Encoding allows it, and decompresses the payload of a request" (API Gateway
developer guide, "Payload compression for REST APIs").
"""

from __future__ import annotations

import zlib

from gateway.context import Headers, Reply
from gateway.mapping.media_types import essence

CODINGS = ("gzip", "deflate")
_WINDOWS = {"gzip": 31, "deflate": 15}
"""zlib's wbits: deflate is the zlib format (RFC 9110 §8.4.1.2)."""
LEVEL = 6

_ALREADY_COMPRESSED = ("image/", "video/", "audio/", "font/")
_ARCHIVES = frozenset({"application/gzip", "application/zip", "application/zstd"})


class Undecodable(Exception):
    """A body that is not in the coding that it names."""


class TooLarge(Exception):
    """A body that grows beyond what may be passed on."""


def coding_of(headers: Headers) -> str:
    """A message's content coding; `identity` where it has none."""
    named = [text for name, text in headers if name.lower() == "content-encoding"]
    return ",".join(named).strip().lower() or "identity"


def chosen_coding(accept_encoding: str) -> str:
    """The coding that a client takes and likes best; empty where it takes none of ours."""
    weights = dict(map(_weighted, accept_encoding.lower().split(",")))
    anything = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda each: weights.get(each, anything))
    return best if weights.get(best, anything) > 0 else ""


def is_worth_it(reply: Reply, minimum: int) -> bool:
    """Whether a reply is large enough, and not compressed already."""
    if not isinstance(reply.body, bytes) or not reply.body or len(reply.body) < minimum:
        return False
    if coding_of(reply.headers) != "identity":
        return False
    kind = essence(next((t for n, t in reply.headers if n.lower() == "content-type"), ""))
    is_dense = kind.startswith(_ALREADY_COMPRESSED) and kind != "image/svg+xml"
    return not is_dense and kind not in _ARCHIVES


def encode(body: bytes, coding: str) -> bytes:
    """The body in a coding."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _WINDOWS[coding])
    return packer.compress(body) + packer.flush()


def decode(body: bytes, coding: str, most: int) -> bytes:
    """The body without its coding. Raises `Undecodable`, and `TooLarge` beyond `most` bytes."""
    unpacker = zlib.decompressobj(_WINDOWS[coding])
    try:
        # One byte more tells that there is more; nothing further is ever unpacked.
        plain = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise Undecodable(coding) from None
    if len(plain) > most:
        raise TooLarge
    if not unpacker.eof or unpacker.unused_data:
        raise Undecodable(coding)
    return plain


def _weighted(part: str) -> tuple[str, float]:
    coding, _, parameter = part.strip().partition(";")
    name, _, quality = parameter.strip().partition("=")
    if name.strip() != "q":
        return coding.strip(), 1.0
    digits = quality.strip()
    is_number = digits.replace(".", "", 1).isdigit() and digits.isascii() and len(digits) < 6
    return coding.strip(), float(digits) if is_number else 0.0
