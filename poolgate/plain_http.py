"""What `http_port` answers: ACME's challenges, and to everything else that it is served by https.

Amazon CloudFront's "Redirect HTTP to HTTPS" is the model; 308 keeps method and body (RFC 9110
§15.4.9), which 301 does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from kernel.settings import Settings
from kernel.status_lines import status_line

Answer = Callable[[str], bytes | None]
"""Of a path, the answer to a challenge; None where nothing is expected there."""

# A host may be followed by the port that was called, which the https port takes the place of.
_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
CHALLENGES = "/.well-known/acme-challenge/"


class PlainHttp:
    """A WSGI application."""

    def __init__(self, settings: Settings, answer: Answer) -> None:
        self._answer = answer
        port = urlsplit(settings.origin).port if settings.public_url else settings.port
        self._port = "" if port in (None, 443) else f":{port}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(CHALLENGES):
            return self._challenge(path, environ, start_response)
        host = _HOST.fullmatch(environ.get("HTTP_HOST", ""))
        target = environ["RAW_URI"]
        if host is None or not target.startswith("/"):
            return _say(400, b"Bad Request\n", start_response)
        location = f"https://{host[1]}{self._port}{target}"
        return _say(308, b"", start_response, ("Location", location))

    def _challenge(
        self, path: str, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        asks = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        answer = self._answer(path) if asks else None
        if answer is None:
            return _say(404, b"Not Found\n", start_response)
        return _say(200, answer, start_response)


def _say(
    status: int, body: bytes, start_response: Any, *headers: tuple[str, str]
) -> Iterable[bytes]:
    kind = ("Content-Type", "text/plain") if body else None
    length = ("Content-Length", str(len(body)))
    start_response(status_line(status), [*filter(None, [kind]), length, *headers])
    return [body]
