"""What every endpoint and page works with, and how the present request is addressed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from idp.oauth import addresses, cookies, mutual_tls, sessions
from idp.oauth.addresses import Address
from idp.oauth.cookies import PoolCookie
from idp.oauth.requests import OAuthRequest
from idp.oauth.server import OAuthServer
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import address_delay
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.issuers import is_pool_id
from kernel.runtime import Kernel
from kernel.tls.connection import ClientCertificate

SESSION = "session"


@dataclass(frozen=True)
class Provider:
    """One for the process."""

    kernel: Kernel
    server: OAuthServer

    @classmethod
    def make(cls, kernel: Kernel) -> Provider:
        return cls(kernel, OAuthServer(kernel))

    def address(self) -> Address:
        """The pool that the present request's host addresses; 404 where there are no pages."""
        return self.address_of(request.host)

    def address_of(self, host: str) -> Address:
        """The pool that a host addresses. Raises `NotFound` where no pages are served under it."""
        if addresses.is_root(self.kernel.settings, host):
            return Address(None)
        found = self.kernel.database.look_up(addresses.resolve, self.kernel.settings, host)
        if found is None:
            raise NotFound
        return found

    def request(self, values: MultiDict[str, str]) -> OAuthRequest:
        """The present request with parameters of one source. Raises `InvalidRequestError`."""
        authorization = request.headers.get("Authorization")
        pairs = values.items(multi=True)
        here = Circumstances(request.remote_addr or "", request.user_agent.string)
        return self.request_of(
            request.method,
            request.host,
            pairs,
            authorization,
            here,
            request.path,
            request.headers.get("DPoP"),
            mutual_tls.certificate_of(request.environ),
        )

    def request_of(
        self,
        method: str,
        host: str,
        values: Iterable[tuple[str, str]],
        authorization: str | None,
        here: Circumstances,
        path: str,
        dpop: str | None,
        certificate: ClientCertificate | None,
    ) -> OAuthRequest:
        """A request in the form that Authlib reads. Raises `InvalidRequestError`, `NotFound`."""
        pool_id = self.address_of(host).pool_id
        origin = self.origin_of(host, pool_id)
        return OAuthRequest(
            method, values, authorization, pool_id, here, origin, path, dpop, certificate
        )

    def origin_of(self, host: str, pool_id: str | None) -> str:
        """The origin of an address that was found: a pool's own host, or the root."""
        return addresses.origin(self.kernel.settings, None if pool_id is None else host)

    def cookie(self, kind: str, pool_id: str) -> PoolCookie:
        https = self.kernel.settings.origin.startswith("https://")
        return PoolCookie(kind, pool_id, secure=https or request.is_secure)

    def only_pool(self) -> str | None:
        """The one pool in which the present browser has a session; None for none or several."""
        found = cookies.pools_named(SESSION)
        return found[0] if len(found) == 1 and is_pool_id(found[0]) else None

    def session_cookie(self, pool_id: str) -> PoolCookie:
        return self.cookie(SESSION, pool_id)

    @property
    def caller_network(self) -> str:
        """Where the present request comes from, as limits count it: one host has a whole IPv6
        network of addresses."""
        return address_delay.network(request.remote_addr or "")

    def signed_in(self, pool_id: str) -> SignedIn | None:
        """Who is signed in at the pool's pages in this browser."""
        value = self.session_cookie(pool_id).value
        if not value:
            return None
        now = self.kernel.clock.now()
        return self.kernel.database.look_up(sessions.find, pool_id, value, now)
