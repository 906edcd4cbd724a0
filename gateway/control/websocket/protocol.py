"""Which APIs are WebSocket APIs, and the refusal of what only they have."""

from __future__ import annotations

from gateway.control.errors import Invalid
from gateway.control.models import Api

WEBSOCKET = "WEBSOCKET"
NOT_SERVED = (
    "WebSocket APIs are validated, stored and deployed, and no listener serves them; "
    "HTTP APIs refuse it"
)


def is_websocket(api: Api) -> bool:
    return api.protocol == WEBSOCKET


def require_http(api: Api, what: str) -> None:
    """Refuse for a WebSocket API what only HTTP APIs have. Raises `Invalid`."""
    if is_websocket(api):
        raise Invalid(f"{what} is not supported on protocolType {api.protocol}")


def require_websocket(api: Api, what: str) -> None:
    """Refuse for an HTTP API what it does not have, in the words of AWS. Raises `Invalid`."""
    if not is_websocket(api):
        raise Invalid(f"{what} are not supported on protocolType {api.protocol}")
