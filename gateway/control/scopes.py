"""What both control planes ask of the scopes that a route or a method wants of a token."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway.control.errors import Invalid

_SCOPE = re.compile(r"[!#-\[\]-~]{1,256}")
"""A scope-token of RFC 6749 §3.3. The service model says 64 characters; resource servers of user
pools make longer ones."""


def require_scopes(scopes: Iterable[str]) -> None:
    """Refuse what no token could have. Raises `Invalid`."""
    for scope in scopes:
        if not _SCOPE.fullmatch(scope):
            raise Invalid(f"Invalid authorization scope specified: {scope}")
