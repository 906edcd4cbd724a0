"""Where the APIs of both planes are called."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from kernel.settings import Settings


def api_endpoint(settings: Settings, api_id: str) -> str:
    """The address of an API's stages: a host of its own, or a path where the host is a number."""
    parts = urlsplit(settings.origin)
    try:
        ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return f"{parts.scheme}://{api_id}.execute-api.{parts.netloc}"
    return f"{settings.origin}/execute-api/{api_id}"
