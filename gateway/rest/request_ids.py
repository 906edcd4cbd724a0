"""The two names of a request to a REST API.

`x-amz-apigw-id` is the short id that every request has; `x-amzn-RequestId` is a UUID, made from it,
so that a support case that quotes either one finds the same line in the logs.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from kernel.clock import uuid_text

REQUEST_ID = "x-amzn-RequestId"
EXTENDED_ID = "x-amz-apigw-id"


@lru_cache(1024)
def request_id_of(short_id: str) -> str:
    """The UUID of a request by its short id."""
    digest = hashlib.sha256(short_id.encode()).digest()
    return uuid_text(int.from_bytes(digest[:16], "big"))
