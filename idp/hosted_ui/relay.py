"""Parameters that a browser brings from another site, and the page of ours that posts them anew.

A form that another site posts comes without our cookies (SameSite=Lax); from a page of ours it
comes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from flask import Response, request

from idp.oauth.authorization_responses import self_posting_form
from idp.oauth.errors import PageError

RELAYED = "relayed"


def given(refusal: Callable[[str], PageError]) -> dict[str, str]:
    """The present request's parameters, from one place and each given once (RFC 6749 §3.1). Flask
    bounds the body. Raises a `PageError`, made of what is wrong."""
    values = request.form if request.method == "POST" else request.args
    pairs = list(values.items(multi=True))
    if len(dict(pairs)) != len(pairs):
        raise refusal("a parameter is included more than once")
    return dict(pairs)


def query() -> str | None:
    """The address's query as it was sent, still encoded; None by POST."""
    if request.method == "POST":
        return None
    return request.query_string.decode("ascii", "replace")


def is_needed(parameters: Mapping[str, str]) -> bool:
    """Whether they came by another site's form."""
    return request.method == "POST" and RELAYED not in parameters


def page(parameters: Mapping[str, str]) -> Response:
    """What posts them to the same address once more."""
    members = [*parameters.items(), (RELAYED, "1")]
    return self_posting_form(quote(request.path), members, leads_on=True)
