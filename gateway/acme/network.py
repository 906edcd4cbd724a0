"""How the ACME library reaches its server: by the one guarded client, like everything else."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from kernel.outbound import Outbound, OutboundError

SECONDS = 30.0
MOST_BYTES = 1_048_576


class GuardedAdapter(BaseAdapter):
    """Sends what `requests` prepared. `directory_url` is the operator's own setting, so that its
    server may have a private address; wherever else its answers lead has to be public."""

    def __init__(self, outbound: Outbound, directory_url: str) -> None:
        super().__init__()
        self._outbound = outbound
        self._origin = _origin(directory_url)

    def send(
        self,
        request: requests.PreparedRequest,
        *_arguments: Any,
        **_options: Any,
    ) -> requests.Response:
        """Raises `requests.ConnectionError`."""
        url, body = request.url or "", request.body
        if not url.startswith("https://"):
            raise requests.ConnectionError("an ACME server is reached by https alone")
        try:
            reply = self._outbound.request(
                request.method or "GET",
                url,
                headers={name: str(value) for name, value in request.headers.items()},
                body=body.encode() if isinstance(body, str) else body,
                timeout=SECONDS,
                max_bytes=MOST_BYTES,
                trusted=_origin(url) == self._origin,
            )
        except OutboundError as error:
            raise requests.ConnectionError(str(error)) from None
        response = requests.Response()
        response.status_code, response.url, response.request = reply.status, url, request
        response.headers.update(reply.headers)
        response.raw = io.BytesIO(reply.body)
        return response

    def close(self) -> None:
        """Each request has a connection of its own."""


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
