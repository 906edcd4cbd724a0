"""/device: a person enters the code of a device and lets it in (RFC 8628 §3.3).

Whoever got the code from somebody else would let that one in (remote phishing, §5.4): so the page
names the application, what it may do and where the request came from, and asks to compare the code,
also where the address had it already (§3.3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from idp.errors import LimitExceeded
from idp.hosted_ui import consent, device_entry, form, look, page, paths, plain_pages, translation
from idp.hosted_ui.csrf import CsrfGuard, ForgedForm
from idp.hosted_ui.fields import Field
from idp.hosted_ui.headers import protect
from idp.hosted_ui.page import Screen
from idp.models import DeviceAuthorization
from idp.oauth import codes, device_authorizations, interactions
from idp.oauth.clients import OAuthClient
from idp.oauth.endpoints.device_authorization import PAGE
from idp.oauth.provider import Provider
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules import user_agents, user_codes
from idp.user_pools.services import consents, quick_reads
from idp.user_pools.services.issuers import is_pool_id

CODE = Field(
    device_entry.USER_CODE,
    N_("Code on your device"),
    autocomplete="off",
    hint=N_("Such as KDRT-PLMW"),
)
WRONG_CODE = N_("No device waits with this code. Check it, or start again on the device.")
TOO_MANY = N_("Too many attempts. Wait a while, then try again.")


@dataclass(frozen=True)
class Waiting:
    """A device that waits, and who decides on it."""

    device: DeviceAuthorization
    client: OAuthClient
    signed_in: SignedIn


def serve(provider: Provider, pool_id: str | None = None) -> Response:
    """At the pool's own host without its id, at the root with it."""
    addressed = provider.address().pool_id
    pool_id = pool_id or addressed
    if pool_id is None or addressed not in {None, pool_id} or not is_pool_id(pool_id):
        raise NotFound
    if provider.kernel.database.look_up(quick_reads.pool_by_id, pool_id) is None:
        raise NotFound
    given = form.read(request.args)
    if device_entry.USER_CODE not in given:
        return _enter(provider, pool_id)
    try:
        found = _find(provider, pool_id, given)
    except LimitExceeded:
        return _enter(provider, pool_id, given, TOO_MANY)
    if found is None:
        return _enter(provider, pool_id, given, WRONG_CODE)
    if isinstance(found, Response):
        return found
    return _decide(provider, found) if request.method == "POST" else _ask(provider, found)


def _enter(
    provider: Provider, pool_id: str, given: dict[str, str] | None = None, error: str = ""
) -> Response:
    screen = Screen(
        "device_code",
        fields=(CODE,),
        values={device_entry.USER_CODE: (given or {}).get(device_entry.USER_CODE, "")},
        errors={device_entry.USER_CODE: error} if error else {},
        details={"kept": translation.chosen()},
    )
    response = page.render(screen, "", CsrfGuard(provider, pool_id).token)
    return protect(response)


def _find(provider: Provider, pool_id: str, given: dict[str, str]) -> Waiting | Response | None:
    """The device of the code, for somebody who is signed in; who is not goes to sign in first.

    None for no such device. Raises `LimitExceeded`.
    """
    kernel = provider.kernel
    user_code = user_codes.typed(given[device_entry.USER_CODE])
    address = kernel.sealer.derive("device-code", pool_id, provider.caller_network).hex()
    device = kernel.database.write(
        device_authorizations.enter, pool_id, user_code, address, kernel.clock.now()
    )
    client = provider.server.find_client(device.client_id, pool_id) if device else None
    if device is None or client is None:
        return None
    signed_in = provider.signed_in(pool_id)
    if signed_in is not None and _is_proven(provider, client, device, signed_in, given):
        return Waiting(device, client, signed_in)
    return Response(status=303, headers={"Location": _sign_in(client, device)})


def _is_proven(
    provider: Provider,
    client: OAuthClient,
    device: DeviceAuthorization,
    signed_in: SignedIn,
    given: dict[str, str],
) -> bool:
    kernel, proof = provider.kernel, given.get(device_entry.PROOF, "")
    if device_entry.is_proven(kernel, client, signed_in, device.user_code, proof):
        return True
    return interactions.needed(signed_in, device_entry.wanted(client), kernel.clock) is None


def _sign_in(client: OAuthClient, device: DeviceAuthorization) -> str:
    query = {"client_id": client.client_id, device_entry.USER_CODE: device.user_code}
    return f"{paths.SIGN_IN}?{urlencode({**query, **translation.chosen()})}"


def _ask(provider: Provider, waiting: Waiting) -> Response:
    kernel, client, device = provider.kernel, waiting.client, waiting.device
    origin = device.binding[device_authorizations.ORIGIN]
    described = kernel.database.read(consent.descriptions, client.pool_id)
    program = user_agents.describe(origin["user_agent"])
    is_told = program != user_agents.UNKNOWN
    csrf = CsrfGuard(provider, client.pool_id)
    user = kernel.database.look_up(quick_reads.user_by_id, waiting.signed_in.user_id)
    started = device.expires - device_authorizations.LIFETIME
    screen = Screen(
        "device_consent",
        links={"sign_in": _sign_in(client, device)},
        details={
            "code": user_codes.shown(device.user_code),
            "person": user.attributes.get("email", user.username) if user else "",
            "scopes": consent.items(device.scopes, described),
            "place": f"{origin['address']} ({program})" if is_told else origin["address"],
            "minutes": int((kernel.clock.now() - started).total_seconds() // 60),
            "is_elsewhere": origin["address"] != (request.remote_addr or ""),
        },
    )
    style = kernel.database.look_up(look.of, kernel, client.context)
    response = page.render(screen, client.context.client.name, csrf.token, style)
    csrf.remember(response)
    return protect(response, stylesheet=style.stylesheet)


def _decide(provider: Provider, waiting: Waiting) -> Response:
    client, device, kernel = waiting.client, waiting.device, provider.kernel
    csrf = CsrfGuard(provider, client.pool_id)
    try:
        csrf.check(request.form)
    except ForgedForm:
        raise plain_pages.expired() from None
    lets_in = request.form.get("decision") == "allow"
    try:
        is_decided = kernel.database.write(_keep, waiting, kernel.clock.now(), lets_in)
    except codes.SessionOver:
        return Response(status=303, headers={"Location": _sign_in(client, device)})
    if not is_decided:
        return _enter(provider, client.pool_id, error=WRONG_CODE)
    screen = Screen("device_done", details={"lets_in": lets_in}, is_shown_once=True)
    style = kernel.database.look_up(look.of, kernel, client.context)
    response = page.render(screen, client.context.client.name, csrf.token, style)
    return protect(response, stylesheet=style.stylesheet)


def _keep(session: Session, waiting: Waiting, now: datetime, lets_in: bool) -> bool:
    """The answer; what a client that has to ask was allowed is remembered, as at /consent."""
    client, device, signed_in = waiting.client, waiting.device, waiting.signed_in
    is_decided = device_authorizations.decide(
        session, client.pool_id, device.user_code, signed_in, now, lets_in=lets_in
    )
    if is_decided and lets_in and client.metadata.require_consent:
        asked = consents.asked(device.scopes, {})
        consents.give(session, signed_in.user_id, client.client_id, asked, now)
    return is_decided


__all__ = ["PAGE", "serve"]
