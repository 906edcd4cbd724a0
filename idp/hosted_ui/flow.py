"""What one screen leaves for the next: sealed in a cookie, so that no name stands in an address."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from flask import Response

from idp.oauth.clients import OAuthClient
from idp.oauth.provider import Provider
from kernel.sealing import Unsealable

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class Flow:
    """A step that waits to be finished on `screen`."""

    screen: str
    username: str
    destination: str = ""
    """Where a code went, masked."""
    session: str = ""
    """The challenge to answer."""
    challenge: str = ""
    """Its name, where a screen serves several."""
    options: tuple[str, ...] = ()
    """The factors to choose from."""
    required_attributes: tuple[str, ...] = ()
    notice: str = ""
    request: str = ""
    """The authorization request's query, for a link that comes without it."""


class FlowCookie:
    """The flow of one client in the present browser."""

    def __init__(self, provider: Provider, client: OAuthClient) -> None:
        self._cookie = provider.cookie("flow", client.pool_id)
        self._sealer = provider.kernel.sealer
        self._purpose = f"hosted-flow:{client.pool_id}:{client.client_id}"

    def read(self, screen: str) -> Flow | None:
        """The flow, if it waits on `screen`; anything altered, old or foreign is none."""
        try:
            value = self._sealer.open_token(self._cookie.value or "", self._purpose)
        except Unsealable:
            return None
        if value["screen"] != screen:
            return None
        lists = {name: tuple(value[name]) for name in ("required_attributes", "options")}
        return Flow(**{**value, **lists})

    def leave(self, response: Response, flow: Flow) -> None:
        token = self._sealer.seal_token(asdict(flow), self._purpose, LIFETIME.total_seconds())
        self._cookie.set(response, token, LIFETIME)

    def clear(self, response: Response) -> None:
        if self._cookie.value:
            self._cookie.clear(response)
