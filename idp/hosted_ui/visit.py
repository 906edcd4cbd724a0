"""One request to a screen: the checked authorization request it belongs to, and how it ends."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import Response, request

from idp.hosted_ui import look, page, paths, translation
from idp.hosted_ui.csrf import CsrfGuard
from idp.hosted_ui.flow import Flow, FlowCookie
from idp.hosted_ui.headers import protect
from idp.hosted_ui.page import Screen
from idp.hosted_ui.purposes import Purpose
from idp.oauth import codes, session_management, sessions
from idp.oauth.clients import OAuthClient
from idp.oauth.interactions import ConsentRequired
from idp.oauth.provider import Provider
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import session_ids
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.sign_in.attempt import Asked
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.tokens import encoding


@dataclass(frozen=True)
class Visit:
    """Every screen keeps the authorization request in its query, so no page needs server state."""

    provider: Provider
    purpose: Purpose
    csrf: CsrfGuard
    flow: FlowCookie

    @classmethod
    def of(cls, provider: Provider, purpose: Purpose) -> Visit:
        client = purpose.authorization_request.client
        return cls(
            provider, purpose, CsrfGuard(provider, client.pool_id), FlowCookie(provider, client)
        )

    @property
    def client(self) -> OAuthClient:
        return self.purpose.authorization_request.client

    @property
    def context(self) -> ClientContext:
        return self.client.context

    @property
    def kernel(self) -> Kernel:
        return self.provider.kernel

    def parameter(self, name: str) -> str:
        """A parameter of the authorization request, such as login_hint."""
        return self.purpose.request.payload.data.get(name, "")

    @property
    def asked(self) -> Asked:
        """What the browser's request says beside whom it is about."""
        agent = request.user_agent.string
        return Asked(circumstances=Circumstances(request.remote_addr or "", agent))

    def link(self, path: str) -> str:
        """Another screen for the same authorization request."""
        return f"{path}?{self.query}"

    @property
    def query(self) -> str:
        """What a screen's address says: the authorization request, or the name it was pushed
        under, and the language that was chosen at the pages."""
        return urlencode({**self.purpose.request.carried, **translation.chosen()})

    def address(self, path: str) -> str:
        """The whole address of one of our pages. Its host is one of ours, whatever host the
        request says that it is for: what is sent to a person must not lead elsewhere."""
        public = urlsplit(self.kernel.settings.origin)
        host = public.netloc
        if self.provider.address().pool_id == self.client.pool_id:
            name = urlsplit(f"//{request.host}").hostname or ""
            host = name if public.port is None else f"{name}:{public.port}"
        return f"{public.scheme}://{host}{path}"

    def show(self, screen: Screen) -> Response:
        style = self.kernel.database.look_up(look.of, self.kernel, self.context)
        response = page.render(screen, self.context.client.name, self.csrf.token, style)
        self.csrf.remember(response)
        uris = (*self.client.callback_uris, *self.client.logout_uris)
        return protect(response, uris, style.stylesheet)

    def go(self, path: str, flow: Flow) -> Response:
        """On to another screen, leaving it what it needs."""
        response = Response(status=303, headers={"Location": self.link(path)})
        self.flow.leave(response, flow)
        return protect(response)

    def finish(self, signed_in: SignedIn, detour: str = "") -> Response:
        """Start a new browser session and go back to the client with a code; first to the screen
        `detour`, if there is one, which does `lead_back`."""

        def lead_on(made: SignedIn) -> Response:
            return self._detour(detour, made) if detour else self.lead_back(made)

        return self.start_session(signed_in, lead_on)

    def start_session(
        self, signed_in: SignedIn, answer: Callable[[SignedIn], Response]
    ) -> Response:
        """Start a new browser session in place of the one that the browser has."""
        kernel, pool_id, settings = self.kernel, self.client.pool_id, self.context.sessions
        cookie = self.provider.session_cookie(pool_id)
        value = sessions.new_value(kernel.randomness.bytes)
        fresh_id = session_ids.new_browser_session(kernel.randomness)
        signed_in = kernel.database.write(
            sessions.start, pool_id, signed_in, settings, value, cookie.value, fresh_id
        )
        response = answer(signed_in)
        crosses_sites = session_management.is_on(self.client)
        cookie.set(response, value, settings.longest_reuse, crosses_sites=crosses_sites)
        session_management.remember(self.provider, self.client, signed_in, response)
        return response

    def came_from_sign_in(self, left: Flow, signed_in: SignedIn) -> bool:
        """Whether a flow is of the sign-in that was made for this very request: an older session
        does not stand for it (`prompt=login`)."""
        made = (signed_in.opening.browser_session_id, self.request_id)
        return (left.session, left.request) == made

    def lead_back(self, signed_in: SignedIn) -> Response:
        """To where the person came from, signed in; first to what he is still asked."""
        try:
            response = self.answer(signed_in)
            self.flow.clear(response)
        except ConsentRequired:
            response = self._detour(paths.CONSENT, signed_in)
        return protect(response)

    def _detour(self, path: str, made: SignedIn) -> Response:
        session_id = made.opening.browser_session_id or ""
        return self.go(path, Flow(path, "", session=session_id, request=self.request_id))

    @property
    def request_id(self) -> str:
        """What tells the authorization request from others, in whatever language it is read."""
        carried = self.purpose.request.carried
        query = urlencode({name: carried[name] for name in sorted(carried) if name != "lang"})
        return encoding.encode(hashlib.sha256(query.encode()).digest())

    def answer(self, signed_in: SignedIn, *, consented: bool = False) -> Response:
        """On to what the sign-in is for. Raises `ConsentRequired`."""
        try:
            return self.purpose.answer(self.provider, signed_in, consented=consented)
        except codes.SessionOver:
            return Response(status=303, headers={"Location": self.link(paths.SIGN_IN)})
