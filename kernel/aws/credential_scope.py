"""The credential of a signed request: `ACCESS_KEY_ID/DATE/REGION/SERVICE/aws4_request`.

Routing and the accounting of regions read it; only `sigv4` says whether it is true.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")

_IN_HEADER = re.compile(r"(?:^|[\s,])Credential=([^,\s]+)")
_IN_QUERY = re.compile(r"(?:^|&)X-Amz-Credential=([^&]+)", re.IGNORECASE)


class Credential(NamedTuple):
    """The parts of a credential. `date` is YYYYMMDD."""

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str

    @property
    def scope(self) -> str:
        return "/".join(self[1:])


def parse_credential(text: str) -> Credential | None:
    """The credential that `text` writes, or none. An access key id may hold slashes."""
    parts = text.rsplit("/", 4)
    return Credential(*parts) if len(parts) == 5 and all(parts) else None


def is_signed(authorization: str, query: str) -> bool:
    """Whether a request claims a signature, in its header or in its query."""
    return authorization.startswith("AWS4-") or "X-Amz-Signature=" in query


def claimed_credential(authorization: str, query: str) -> Credential | None:
    """The credential that a request claims, unverified."""
    if authorization.startswith(ALGORITHM):
        found = _IN_HEADER.search(authorization)
        return parse_credential(found[1]) if found else None
    found = _IN_QUERY.search(query)
    return parse_credential(unquote(found[1])) if found else None
