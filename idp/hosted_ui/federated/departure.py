"""Sending a person to another provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from flask import Response, render_template, request

from idp.hosted_ui import page, paths
from idp.hosted_ui.federated import failure, providers, state_cookie, way_back
from idp.hosted_ui.headers import protect
from idp.hosted_ui.visit import Visit
from idp.user_pools.services.upstream import (
    Errand,
    Upstream,
    UpstreamFailed,
    UpstreamProviders,
)


def leave(visit: Visit, _form: Mapping[str, str] | None = None) -> Response:
    """Where the links of `providers.offered` lead."""
    return begin(visit, request.args.get(providers.UPSTREAM, ""))


def begin_by_form(visit: Visit, name: str, login_hint: str = "") -> Response:
    """Send who has sent a form away, to sign in there as `login_hint`. Raises `PageError`.

    A page leads on, without a script: browsers hold redirects that follow a form to its page's
    `form-action`, and where a provider leads is not ours to know.
    """
    return _begin(visit, name, _leading_page, login_hint)


def begin(visit: Visit, name: str) -> Response:
    """Send the person away. Raises `PageError`."""
    return _begin(visit, name, _redirect)


def _begin(
    visit: Visit, name: str, to: Callable[[str, str], Response], login_hint: str = ""
) -> Response:
    found = providers.find(visit, name)
    way_back.check_length(visit)
    state = state_cookie.new_state(visit.kernel.randomness)
    try:
        kind = visit.kernel.of(UpstreamProviders).of(found)
        departure = kind.begin(found, _errand(visit, found, state, login_hint))
    except UpstreamFailed as error:
        return failure.refuse(visit, found, error)
    response = to(name, departure.location)
    way_back.remember(visit, response, name, state, departure)
    return protect(response)


def _redirect(_name: str, location: str) -> Response:
    return Response(status=303, headers={"Location": location})


def _leading_page(name: str, location: str) -> Response:
    shared = page.shared(has_menu=False)
    body = render_template("hosted/lead_on.html", **shared, provider=name, target=location)
    return Response(body, mimetype="text/html")


def _errand(visit: Visit, found: Upstream, state: str, login_hint: str) -> Errand:
    wanted = visit.purpose.authorization_request
    return Errand(
        state,
        answer_address(visit, found),
        login_hint or visit.parameter("login_hint"),
        visit.parameter("prompt"),
        "" if wanted.max_age is None else str(wanted.max_age),
        wanted.levels,
    )


def answer_address(visit: Visit, found: Upstream) -> str:
    """Where the provider's answer shall come."""
    return visit.address(quote(answer_path(visit, found)))


def answer_path(visit: Visit, found: Upstream) -> str:
    """An address of its own tells providers apart that do not say who answers (RFC 9700 §4.4.2):
    an answer that somebody has led astray comes to the address of another one."""
    if found.type == "SAML":
        return paths.SAML_ANSWER
    if found.name in visit.context.provider.own_answer_address:
        return f"{paths.OAUTH_ANSWER}/{found.name}"
    return paths.OAUTH_ANSWER
