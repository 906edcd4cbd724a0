"""Refresh families that grants open: each token of a sign-in belongs to one, and ends with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from idp.errors import UserDisabled
from idp.models import AuthorizationCode, DeviceAuthorization, RefreshFamily, User
from idp.oauth import codes, device_authorizations, sessions
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.clients import OAuthClient
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules.claims import Subject
from idp.user_pools.services import quick_reads, session_activity, subjects
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.tokens import Grant, Opening, Tokens
from kernel.runtime import Kernel
from kernel.statements import Rows
from kernel.tokens.confirmation import Confirmation

Opened = tuple[RefreshFamily, User, Subject]


def of_code(
    rows: Rows,
    kernel: Kernel,
    client: OAuthClient,
    code: AuthorizationCode,
    here: Circumstances,
    now: datetime,
    confirmation: Confirmation,
) -> Opened:
    """One unit spends the code and opens the family: one code buys one family, whatever races.

    Raises `codes.CodeSpent`, `codes.SessionOver`, `UserDisabled`.
    """
    user = quick_reads.user_by_id(rows, code.user_id)
    if user is None or not user.enabled:
        raise UserDisabled
    if not sessions.goes_on(user.status, user.password_set, code.auth_time, code.factors):
        raise codes.SessionOver
    family = kernel.of(Tokens).open_family(
        rows,
        client.context,
        user.id,
        sign_in_id=None,
        opening=Opening(
            tuple(code.factors), None, code.browser_session_id, here.address, here.user_agent
        ),
        grant=Grant(
            code.scopes, code.auth_time, code.nonce, _binding(client, code.binding, confirmation)
        ),
    )
    codes.claim(rows, code.code_hash, family.id, now)
    if client.context.sessions.tracks:
        session_activity.note_browser(rows, code.browser_session_id, now)
    return family, user, subjects.subject(rows, user)


def of_device(
    rows: Rows,
    kernel: Kernel,
    client: OAuthClient,
    device: DeviceAuthorization,
    here: Circumstances,
    confirmation: Confirmation,
) -> Opened:
    """One unit spends the code and opens the family. The device is no part of the browser's session
    in which it was let in: it stays signed in when the person signs out there. Raises as `of_code`.
    """
    user = quick_reads.user_by_id(rows, device.user_id or "")
    if user is None or not user.enabled or device.auth_time is None:
        raise UserDisabled
    if not sessions.goes_on(user.status, user.password_set, device.auth_time, device.factors):
        raise codes.SessionOver
    asked = {k: v for k, v in device.binding.items() if k != device_authorizations.ORIGIN}
    family = kernel.of(Tokens).open_family(
        rows,
        client.context,
        user.id,
        sign_in_id=None,
        opening=Opening(tuple(device.factors), None, None, here.address, here.user_agent),
        grant=Grant(device.scopes, device.auth_time, None, _binding(client, asked, confirmation)),
    )
    device_authorizations.claim(rows, device, family.id)
    return family, user, subjects.subject(rows, user)


def of_answer(
    rows: Rows, kernel: Kernel, wanted: AuthorizationRequest, signed_in: SignedIn
) -> Opened:
    """What the authorization endpoint gives tokens of. It lives as long as the longest of them; its
    refresh token nobody gets. Raises `codes.SessionOver`."""
    user = quick_reads.user_by_id(rows, signed_in.user_id)
    if user is None or not user.enabled:
        raise codes.SessionOver
    if not sessions.goes_on(
        user.status, user.password_set, signed_in.auth_time, signed_in.opening.factors
    ):
        raise codes.SessionOver
    context = wanted.client.context
    family = kernel.of(Tokens).open_family(
        rows,
        context,
        user.id,
        sign_in_id=None,
        opening=signed_in.opening,
        grant=Grant(
            wanted.scopes,
            signed_in.auth_time,
            wanted.nonce,
            wanted.binding,
            lifetime=max(context.lifetimes.access, context.lifetimes.id),
        ),
    )
    return family, user, subjects.subject(rows, user)


def of_assertion(
    rows: Rows,
    kernel: Kernel,
    client: OAuthClient,
    user: User,
    scopes: list[str],
    here: Circumstances,
) -> tuple[RefreshFamily, Subject]:
    """It lives as long as its one access token."""
    family = kernel.of(Tokens).open_family(
        rows,
        client.context,
        user.id,
        sign_in_id=None,
        opening=Opening((), None, None, here.address, here.user_agent),
        grant=Grant(scopes, lifetime=client.context.lifetimes.access),
    )
    return family, subjects.subject(rows, user)


def _binding(
    client: OAuthClient, asked: Mapping[str, Any], confirmation: Confirmation
) -> dict[str, Any]:
    """RFC 9449 §5: refresh tokens of public clients are bound to the key. Those of confidential
    clients are good with their authentication only."""
    kept = {name: each for name, each in asked.items() if name != "cnf"}
    is_bound = client.is_public and confirmation
    return {**kept, "cnf": dict(confirmation)} if is_bound else kept
