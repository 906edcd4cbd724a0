"""What every endpoint and page works with, and how the present request is addressed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, request
from werkzeug.datastructures import MultiDict

from idp.oauth import addresses, sessions
from idp.oauth.addresses import Address
from idp.oauth.cookies import PoolCookie
from idp.oauth.requests import OAuthRequest
from idp.oauth.server import OAuthServer
from idp.oauth.sessions import SignedIn
from kernel.runtime import Kernel


@dataclass(frozen=True)
class Provider:
    """One for the process."""

    kernel: Kernel
    server: OAuthServer

    @classmethod
    def make(cls, kernel: Kernel) -> Provider:
        return cls(kernel, OAuthServer(kernel))

    def address(self) -> Address:
        """The pool that the request's host addresses; 404 where no pages are served under it."""
        if addresses.is_root(self.kernel.settings, request.host):
            return Address(None)
        found = self.kernel.database.look_up(addresses.resolve, self.kernel.settings, request.host)
        if found is None:
            abort(404)
        return found

    def request(self, values: MultiDict[str, str]) -> OAuthRequest:
        """The present request with parameters of one source. Raises `InvalidRequestError`."""
        return OAuthRequest(request.method, values, request.headers, self.address().pool_id)

    def cookie(self, kind: str, pool_id: str) -> PoolCookie:
        https = self.kernel.settings.origin.startswith("https://")
        return PoolCookie(kind, pool_id, secure=https or request.is_secure)

    def session_cookie(self, pool_id: str) -> PoolCookie:
        return self.cookie("session", pool_id)

    def signed_in(self, pool_id: str) -> SignedIn | None:
        """Who is signed in at the pool's pages in this browser."""
        value = self.session_cookie(pool_id).value
        if not value:
            return None
        now = self.kernel.clock.now()
        return self.kernel.database.look_up(sessions.find, pool_id, value, now)
