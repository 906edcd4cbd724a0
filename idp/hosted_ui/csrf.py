"""Forms that only our own pages can send (signed double-submit, OWASP CSRF Cheat Sheet).

The form's token is an HMAC of a cookie that only we can have set and read, of the pool and of the
browser session; the cookie alone or a token of another browser is worth nothing. The sign-in form
has one too: otherwise an attacker could sign a person in as himself (login CSRF). Where the
browser says who sent the form (Fetch metadata, Origin), it must be us.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta

from flask import Response, request

from idp.oauth.provider import Provider
from kernel.tokens import encoding

FIELD = "csrf_token"
COOKIE_BYTES = 32
LIFETIME = timedelta(days=1)
OWN_FETCH_SITES = frozenset({"same-origin", "none"})


class ForgedForm(Exception):
    """The form was not sent from our page in this browser, or the page is too old."""


class CsrfGuard:
    """The token of one pool's forms in the present browser."""

    def __init__(self, provider: Provider, pool_id: str) -> None:
        self._cookie = provider.cookie("csrf", pool_id)
        self._presented = self._cookie.value
        self._value = self._presented or encoding.encode(
            provider.kernel.randomness.bytes(COOKIE_BYTES)
        )
        session = provider.session_cookie(pool_id).value or ""
        self.token = encoding.encode(
            provider.kernel.sealer.derive("hosted-csrf", pool_id, self._value, session)
        )

    def check(self, form: Mapping[str, str]) -> None:
        """Raises `ForgedForm`."""
        given = form.get(FIELD, "")
        if not self._presented or not hmac.compare_digest(given.encode(), self.token.encode()):
            raise ForgedForm
        if request.headers.get("Sec-Fetch-Site", "none") not in OWN_FETCH_SITES:
            raise ForgedForm
        # Under `Referrer-Policy: no-referrer` browsers send `null` for our own forms.
        if request.headers.get("Origin", "null") not in {"null", request.host_url.rstrip("/")}:
            raise ForgedForm

    def remember(self, response: Response) -> None:
        """Give the browser its cookie."""
        if not self._presented:
            self._cookie.set(response, self._value, LIFETIME)
