"""Names of requests, for logs and support: unique, and no secret.

They come from the interpreter's own generator, which is seeded from the operating system in each
process, after a fork too, and costs a tenth of asking it each time.
"""

from __future__ import annotations

import base64
import random

from kernel.clock import uuid_text


def new_request_id() -> str:
    """A random UUID in its usual form."""
    return uuid_text(random.getrandbits(128))


def new_short_id() -> str:
    """16 characters, the last a `=`, as API Gateway's `apigw-requestid` has them."""
    return base64.b64encode(random.randbytes(11)).decode()  # noqa: S311 - a name
