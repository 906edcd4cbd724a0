"""How an authorization response goes back to the client: in the query, the fragment, or a form."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Response, render_template

from idp.oauth.content_security import source
from idp.user_pools.rules import response_types

Members = Sequence[tuple[str, str]]

FORM_POLICY = (
    "default-src 'none'; style-src {style}; script-src {script}; "
    "frame-ancestors 'none'; base-uri 'none'"
)
SUBMIT = "document.forms[0].submit()"
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:20vh auto;padding:0 1rem}"
    "button{font:inherit;padding:.6rem 1.4rem}"
)


@dataclass(frozen=True)
class ReturnAddress:
    """Where and how a client gets its answer, good or bad."""

    pool_id: str
    redirect_uri: str
    mode: str
    state: str | None


class RequestRefused(Exception):
    """An authorization request whose client shall hear why."""

    def __init__(self, error: OAuth2Error, to: ReturnAddress) -> None:
        super().__init__(error.error)
        self.error = error
        self.to = to


def error_members(error: OAuth2Error) -> Members:
    """RFC 6749 §4.1.2.1."""
    return [(name, text) for name, text in error.get_body() if name != "state"]


def deliver(to: ReturnAddress, members: Members, issuer: str) -> Response:
    """The answer with `state` as it came, and with `iss`, which defeats mix-up (RFC 9207 §2)."""
    state = [("state", to.state)] if to.state else []
    given = [*members, *state, ("iss", issuer)]
    if to.mode == response_types.FORM_POST:
        return self_posting_form(to.redirect_uri, given)
    if to.mode == response_types.FRAGMENT:
        location = f"{to.redirect_uri}#{urlencode(given)}"
    else:
        location = add_params_to_uri(to.redirect_uri, given)
    return Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})


def self_posting_form(action: str, members: Members, *, leads_on: bool = False) -> Response:
    """Form Post Response Mode §2: a page that sends itself. Without JavaScript a button does.

    No script and no style but the page's own may run, each allowed by its hash. The form goes to
    `action` and no further, unless it `leads_on`: browsers hold redirects to `form-action` as well,
    and which client's address is next is not known before the form has arrived.
    """
    body = render_template(
        "hosted/form_post.html", action=action, members=members, script=SUBMIT, style=STYLE
    )
    response = Response(body, mimetype="text/html")
    policy = FORM_POLICY.format(style=_hash(STYLE), script=_hash(SUBMIT))
    response.headers["Content-Security-Policy"] = (
        policy if leads_on else f"form-action {source(action)}; {policy}"
    )
    response.headers["X-Frame-Options"] = "DENY"
    # "[...] this would normally be a no-cache response" (§2): it holds the code.
    response.headers["Cache-Control"] = "no-store"
    return response


def _hash(text: str) -> str:
    """CSP3 §2.3.1, hash-source."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
