"""The canonical form of a request, which is what a signature signs.

IAM user guide, "Create a signed AWS API request", step 1.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote, unquote_to_bytes

from kernel.aws.wire import Request


def canonical_request(
    request: Request,
    signed_headers: tuple[str, ...],
    *,
    is_presigned: bool,
    keeps_path: bool = False,
) -> str:
    """The text whose hash is signed. S3 alone keeps the path as it is sent: "You do not normalize
    URI paths for requests to Amazon S3" (the same guide)."""
    headers = request.headers
    return "\n".join(
        (
            request.method,
            request.path if keeps_path else canonical_path(request.path),
            canonical_query(request.query, is_presigned=is_presigned),
            *(f"{name}:{_folded(headers.get(name, ''))}" for name in signed_headers),
            "",
            ";".join(signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def canonical_path(path: str) -> str:
    """The path without dot segments and empty segments, each segment encoded once more."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    normal = "/" + "/".join(segments)
    if path.endswith("/") and segments:
        normal += "/"
    return quote(normal, safe="/-_.~")


def canonical_query(query: str, *, is_presigned: bool) -> str:
    """Parameters encoded and sorted by name, then by value; without the signature itself."""
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in decoded_pairs(query)
        if not (is_presigned and name == b"X-Amz-Signature")
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


def decoded_pairs(query: str) -> list[tuple[bytes, bytes]]:
    """Names and values without their percent-encoding; `+` is itself, as signatures read it."""
    pairs = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs


def _folded(value: str) -> str:
    """Trimmed, with sequential spaces as one."""
    return " ".join(value.split())
