"""Revoking sign-ins: at once in the database, within a second at every gateway worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from idp.errors import InvalidRefreshToken, UnsupportedOperation, UnsupportedTokenType
from idp.models import (
    AuthorizationCode,
    BrowserSession,
    DeviceAuthorization,
    RefreshFamily,
    Revocation,
)
from idp.user_pools.rules.second_factors import FEDERATION
from idp.user_pools.rules.validity import LONGEST_TOKEN_LIFE
from idp.user_pools.services import logout_notices, refresh_tokens
from idp.user_pools.services.subjects import ClientContext
from kernel.database import UtcDateTime
from kernel.runtime import Kernel

CHANNEL = "revocations"


def revoke_family(session: Session, family: RefreshFamily, now: datetime) -> None:
    """End one sign-in; twice is the same as once."""
    if family.revoked is None:
        family.revoked = now
        session.add(
            Revocation(
                pool_id=family.pool_id, origin_jti=family.id, expires=now + LONGEST_TOKEN_LIFE
            )
        )


def revoke_user(session: Session, user_id: str, now: datetime) -> None:
    """End all of a user's sign-ins, and the codes of hosted ones and of devices that nobody has
    redeemed yet.

    Clients that follow logouts are told of each browser session in which they had one.
    """
    session.execute(
        delete(AuthorizationCode).where(
            AuthorizationCode.user_id == user_id, AuthorizationCode.redeemed.is_(None)
        )
    )
    _turn_devices_away(session, DeviceAuthorization.user_id == user_id)
    families = session.scalars(
        select(RefreshFamily).where(
            RefreshFamily.user_id == user_id,
            RefreshFamily.revoked.is_(None),
            RefreshFamily.expires > now - LONGEST_TOKEN_LIFE,
        )
    ).all()
    for family in families:
        revoke_family(session, family, now)
    sign_ins = [(family.client_id, family.browser_session_id) for family in families]
    logout_notices.leave(session, user_id, sign_ins, now)


def revoke_device(session: Session, user_id: str, device_key: str, now: datetime) -> None:
    """End a user's sign-ins on one device."""
    families = session.scalars(
        select(RefreshFamily).where(
            RefreshFamily.user_id == user_id,
            RefreshFamily.device_key == device_key,
            RefreshFamily.revoked.is_(None),
            RefreshFamily.expires > now - LONGEST_TOKEN_LIFE,
        )
    )
    for family in families:
        revoke_family(session, family, now)


def revoke_session_of_client(
    session: Session, client_id: str, session_id: str, now: datetime
) -> None:
    """End a client's sign-ins that came through one browser session."""
    families = session.scalars(
        select(RefreshFamily)
        .where(
            RefreshFamily.client_id == client_id,
            RefreshFamily.browser_session_id == session_id,
            RefreshFamily.revoked.is_(None),
        )
        .with_for_update()
    )
    for family in families:
        revoke_family(session, family, now)


def revoke_families_of(
    session: Session, user_id: str, session_id: str, now: datetime
) -> list[RefreshFamily]:
    """End a user's sign-ins that came through one browser session, through whatever client; those
    that have ended just now."""
    families = session.scalars(
        select(RefreshFamily)
        .where(
            RefreshFamily.user_id == user_id,
            RefreshFamily.browser_session_id == session_id,
            RefreshFamily.revoked.is_(None),
        )
        .order_by(RefreshFamily.id)
        .with_for_update()
    ).all()
    for family in families:
        revoke_family(session, family, now)
    return list(families)


def revoke_client_of_user(session: Session, user_id: str, client_id: str, now: datetime) -> None:
    """End a user's sign-ins through one client, with the codes that it has not redeemed yet, and
    the devices that were let in for it."""
    _turn_devices_away(
        session,
        (DeviceAuthorization.user_id == user_id) & (DeviceAuthorization.client_id == client_id),
    )
    session.execute(
        delete(AuthorizationCode).where(
            AuthorizationCode.user_id == user_id,
            AuthorizationCode.client_id == client_id,
            AuthorizationCode.redeemed.is_(None),
        )
    )
    families = session.scalars(
        select(RefreshFamily).where(
            RefreshFamily.user_id == user_id,
            RefreshFamily.client_id == client_id,
            RefreshFamily.revoked.is_(None),
            RefreshFamily.expires > now - LONGEST_TOKEN_LIFE,
        )
    )
    for family in families:
        revoke_family(session, family, now)


def revoke_client(session: Session, client_id: str, now: datetime) -> None:
    """End all sign-ins through a client that is about to be deleted, however many there are."""
    expires = literal(now + LONGEST_TOKEN_LIFE, UtcDateTime())
    live = select(RefreshFamily.pool_id, RefreshFamily.id, expires).where(
        RefreshFamily.client_id == client_id,
        RefreshFamily.revoked.is_(None),
        RefreshFamily.expires > now - LONGEST_TOKEN_LIFE,
    )
    session.execute(insert(Revocation).from_select(["pool_id", "origin_jti", "expires"], live))


def revoke_token(
    kernel: Kernel,
    context: ClientContext,
    token: str,
    *,
    with_origin: bool = False,
) -> None:
    """End the sign-in of a refresh token of this client, with the browser session that it came
    through where asked.

    "invalid tokens do not cause an error response" (RFC 7009 §2.2), and another client's token is
    invalid here: it opens for its own client alone. Raises `UnsupportedTokenType` for a JWT, and
    `UnsupportedOperation` where EnableTokenRevocation is off.
    """
    if not context.client.settings["EnableTokenRevocation"]:
        raise UnsupportedOperation("Token revocation is not enabled for the user pool client.")
    try:
        state = refresh_tokens.unseal(kernel, context.client.id, token)
    except InvalidRefreshToken:
        if token.count(".") == 2:
            raise UnsupportedTokenType from None
        return
    end(kernel, state.family_id, with_origin=with_origin)


def end(kernel: Kernel, family_id: str, *, with_origin: bool = False) -> None:
    """End one sign-in and its access tokens, here and in every worker."""
    kernel.database.write(_end, family_id, kernel.clock.now(), with_origin)
    announce(kernel)


def _end(session: Session, family_id: str, now: datetime, with_origin: bool) -> None:
    family = session.get(RefreshFamily, family_id)
    if family is not None:
        revoke_family(session, family, now)
        if with_origin:
            end_origin(session, family, now)


def end_origin(session: Session, family: RefreshFamily, now: datetime) -> None:
    """End the browser session that a sign-in came through. "The other token sessions that came
    through that SSO session aren't revoked" (RevokeToken)."""
    if family.browser_session_id is not None:
        end_browser_session(session, family.user_id, family.browser_session_id, now)


def end_browser_session(session: Session, user_id: str, session_id: str, now: datetime) -> bool:
    """End it, with the codes that nobody has redeemed yet: they would bring it back as a token
    session. The clients that follow logouts are told. Answers whether it was there.

    It is locked before its codes are looked at: whoever makes one (`oauth.codes.store`) waits, and
    finds it gone.
    """
    row = session.scalar(
        select(BrowserSession)
        .where(BrowserSession.user_id == user_id, BrowserSession.session_id == session_id)
        .with_for_update()
    )
    session.execute(
        delete(AuthorizationCode).where(
            AuthorizationCode.user_id == user_id,
            AuthorizationCode.browser_session_id == session_id,
            AuthorizationCode.redeemed.is_(None),
        )
    )
    _turn_devices_away(
        session,
        (DeviceAuthorization.user_id == user_id)
        & (DeviceAuthorization.browser_session_id == session_id),
    )
    if row is not None:
        session.delete(row)
        clients = logout_notices.clients_of(session, user_id, session_id)
        logout_notices.leave(session, user_id, [(each, session_id) for each in clients], now)
    return row is not None


def end_with_sign_ins(
    session: Session, user_id: str, browser_session_id: str, now: datetime
) -> None:
    """End a browser session and what came through it: sign-ins may outlive it, so both are looked
    for. The clients that follow logouts are told, each of them once."""
    end_browser_session(session, user_id, browser_session_id, now)
    families = revoke_families_of(session, user_id, browser_session_id, now)
    sign_ins = [(family.client_id, browser_session_id) for family in families]
    logout_notices.leave(session, user_id, sign_ins, now)


def end_federated_sign_ins(session: Session, user_id: str, now: datetime) -> None:
    """End what a user has open that began at another provider, when an identity is taken away."""
    for row in session.scalars(select(BrowserSession).where(BrowserSession.user_id == user_id)):
        if FEDERATION in row.factors:
            end_browser_session(session, user_id, row.session_id, now)
    families = session.scalars(
        select(RefreshFamily).where(
            RefreshFamily.user_id == user_id, RefreshFamily.revoked.is_(None)
        )
    )
    for family in families:
        if FEDERATION in family.factors:
            revoke_family(session, family, now)


def end_browser_sessions(session: Session, user_id: str, now: datetime) -> None:
    """End all of a user's browser sessions from before this moment, as a new password does."""
    earlier = select(BrowserSession.session_id).where(
        BrowserSession.user_id == user_id, BrowserSession.auth_time < now
    )
    for session_id in session.scalars(earlier).all():
        end_browser_session(session, user_id, session_id, now)


def _turn_devices_away(session: Session, of_whom: ColumnElement[bool]) -> None:
    """Devices that were let in and have not come for their tokens yet (RFC 8628)."""
    session.execute(
        update(DeviceAuthorization)
        .where(of_whom, DeviceAuthorization.status == "APPROVED")
        .values(status="DENIED")
    )


def announce(kernel: Kernel) -> None:
    """Tell every worker to read what is new; called after the unit of work has committed."""
    kernel.shared_state.publish(CHANNEL, b"")


def since(session: Session, last: int, now: datetime) -> list[Revocation]:
    """Revocations after the one with the id `last`, in order.

    Those of the last minute come again: on PostgreSQL a smaller id may be committed later.
    """
    recent = now + LONGEST_TOKEN_LIFE - timedelta(minutes=1)
    return list(
        session.scalars(
            select(Revocation)
            .where(or_(Revocation.id > last, Revocation.expires > recent))
            .where(Revocation.expires > now)
            .order_by(Revocation.id)
        )
    )
