"""Tokens of a sign-in: opening a family, and signing access and ID tokens (`refresh_tokens` has the
third kind)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from idp.models import RefreshFamily
from idp.user_pools.rules import acr, claims, requested_claims, session_ids
from idp.user_pools.rules.claims import Customisation, Issue, Sitting, Subject
from idp.user_pools.rules.scopes import SIGN_IN_SCOPE
from idp.user_pools.rules.token_exchange import Derivation
from idp.user_pools.rules.validity import LONGEST_TOKEN_LIFE
from idp.user_pools.services import quick_reads, refresh_tokens, restrictions, session_limit
from idp.user_pools.services.issuers import issuer
from idp.user_pools.services.restrictions import UNRESTRICTED, Restriction
from idp.user_pools.services.signing_keys import SigningKeys
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.token_sets import TokenSet
from kernel.runtime import Kernel
from kernel.statements import Rows
from kernel.telemetry import metrics
from kernel.tokens.confirmation import NOTHING, Confirmation
from kernel.tokens.keys import SigningKey
from kernel.tokens.signing import sign

MOST_USER_AGENT_CHARACTERS = 500


def new_id(kernel: Kernel) -> str:
    return kernel.randomness.uuid()


@dataclass(frozen=True)
class Opening:
    """How a sign-in came about, as its `RefreshFamily` records it."""

    factors: tuple[str, ...] = ("PASSWORD",)
    device_key: str | None = None
    browser_session_id: str | None = None
    address: str = ""
    user_agent: str = ""


BY_PASSWORD = Opening()


@dataclass(frozen=True)
class Grant:
    """What a sign-in gives its client."""

    scopes: Sequence[str] = (SIGN_IN_SCOPE,)
    auth_time: datetime | None = None
    """None for a sign-in of this moment."""
    nonce: str | None = None
    binding: Mapping[str, Any] = field(default_factory=dict)
    """As `RefreshFamily.binding`."""
    lifetime: timedelta | None = None
    """None for as long as the client's refresh tokens."""


TO_THE_API = Grant()


class Tokens:
    """Issues the tokens of every flow."""

    def __init__(self, kernel: Kernel, signing_keys: SigningKeys) -> None:
        self._kernel = kernel
        self._signing_keys = signing_keys

    def open_family(
        self,
        rows: Rows,
        context: ClientContext,
        user_id: str,
        *,
        sign_in_id: str | None,
        opening: Opening = BY_PASSWORD,
        grant: Grant = TO_THE_API,
    ) -> RefreshFamily:
        """Record a sign-in. A `sign_in_id` that was used before breaks a unique constraint."""
        now = self._kernel.clock.now()
        lifetime = grant.lifetime or context.lifetimes.refresh
        if context.sessions.tracks:
            session_limit.make_room(rows, context.sessions, user_id, now, LONGEST_TOKEN_LIFE)
        family = RefreshFamily(
            id=new_id(self._kernel),
            pool_id=context.pool.id,
            client_id=context.client.id,
            user_id=user_id,
            sign_in_id=sign_in_id,
            scopes=list(grant.scopes),
            auth_time=grant.auth_time or now,
            created=now,
            expires=now + lifetime,
            generation=0,
            rotated=None,
            revoked=None,
            event_id=new_id(self._kernel),
            nonce=grant.nonce,
            factors=list(opening.factors),
            device_key=opening.device_key,
            browser_session_id=opening.browser_session_id,
            last_active=now,
            address=opening.address,
            user_agent=opening.user_agent[:MOST_USER_AGENT_CHARACTERS],
            binding=dict(grant.binding),
        )
        quick_reads.insert_family(rows, family)
        return family

    def sign(
        self,
        context: ClientContext,
        family: RefreshFamily,
        subject: Subject,
        customisation: Customisation | None = None,
        restriction: Restriction = UNRESTRICTED,
    ) -> TokenSet:
        """All three tokens of a family as it stands now. Raises `KeyNotProven`."""
        restrictions.check_key(context, restriction)
        key = self._signing_keys.signer(context.pool.id)
        access, identity, lifetime = self._sign_pair(
            context, family, subject, customisation, key, restriction
        )
        metrics.of(metrics.tokens_issued, "user").inc()
        return TokenSet(
            access, identity, refresh_tokens.seal(self._kernel, context, family), lifetime
        )

    def sign_for_browser(
        self,
        context: ClientContext,
        family: RefreshFamily,
        subject: Subject,
        customisation: Customisation | None,
        restriction: Restriction,
        *,
        code: str | None,
        with_access_token: bool,
    ) -> TokenSet:
        """What an authorization response may hold: no refresh token, and an ID token that vouches
        for what comes with it alone (OIDC Core §3.2.2.10, §3.3.2.11). Raises `KeyNotProven`."""
        if with_access_token:
            restrictions.check_key(context, restriction)
        key = self._signing_keys.signer(context.pool.id)
        access, identity, lifetime = self._sign_pair(
            context,
            family,
            subject,
            customisation,
            key,
            restriction,
            code=code,
            with_access_token=with_access_token,
        )
        metrics.of(metrics.tokens_issued, "user").inc()
        return TokenSet(access, identity, "", lifetime)

    def _sign_pair(
        self,
        context: ClientContext,
        family: RefreshFamily,
        subject: Subject,
        customisation: Customisation | None,
        key: SigningKey,
        restriction: Restriction,
        *,
        code: str | None = None,
        with_access_token: bool = True,
    ) -> tuple[str, str, int]:
        now = int(self._kernel.clock.time())
        lifetimes = context.lifetimes
        sitting = self._sitting(context, family)
        lifetime = int(lifetimes.access.total_seconds())
        issue = Issue(new_id(self._kernel), now, lifetime)
        access = ""
        if with_access_token:
            body = claims.access_claims(subject, sitting, issue, customisation)
            access = restrictions.sign_access(context, body, restriction, key)
        issue = Issue(new_id(self._kernel), now, int(lifetimes.id.total_seconds()))
        identity = claims.id_claims(
            subject,
            sitting,
            issue,
            access or None,
            context.readable,
            customisation,
            code,
            key.algorithm,
        )
        return access, sign(identity, key), lifetime

    def _sitting(self, context: ClientContext, family: RefreshFamily) -> Sitting:
        return Sitting(
            issuer=issuer(self._kernel.settings, context.pool.id),
            client_id=context.client.id,
            origin_jti=family.id,
            event_id=family.event_id,
            auth_time=int(family.auth_time.timestamp()),
            scopes=family.scopes,
            nonce=family.nonce,
            device_key=family.device_key,
            strength=acr.claims(context.pool.settings.get("AcrConfiguration"), family.factors),
            browser_session_id=_sid(context, family),
            requested=family.binding.get("claims", {}).get(requested_claims.ID_TOKEN, {}),
            has_standard_claims=context.provider.has_standard_claims,
        )

    def derive(
        self,
        context: ClientContext,
        family: RefreshFamily,
        subject: Subject,
        derivation: Derivation,
        customisation: Customisation | None,
        confirmation: Confirmation = NOTHING,
    ) -> tuple[str, int]:
        """One token for another service, and its lifetime in seconds (RFC 8693)."""
        restriction = Restriction(confirmation)
        if not derivation.is_id_token:
            restrictions.check_key(context, restriction)
        now, lifetimes = int(self._kernel.clock.time()), context.lifetimes
        longest = lifetimes.id if derivation.is_id_token else lifetimes.access
        lifetime = min(int(longest.total_seconds()), derivation.expires - now)
        sitting = replace(
            self._sitting(context, family),
            scopes=derivation.scopes,
            nonce=None,
            browser_session_id=None,
            requested={},
        )
        issue = Issue(new_id(self._kernel), now, lifetime)
        if derivation.is_id_token:
            body = claims.id_claims(subject, sitting, issue, None, context.readable, customisation)
        else:
            body = claims.access_claims(subject, sitting, issue, customisation)
        body = derivation.bind(body)
        key = self._signing_keys.signer(context.pool.id)
        metrics.of(metrics.tokens_issued, "derived").inc()
        if derivation.is_id_token:
            return sign(body, key), lifetime
        return restrictions.sign_access(context, body, restriction, key), lifetime

    def client_credentials(
        self,
        context: ClientContext,
        scopes: Sequence[str],
        customisation: Customisation | None = None,
        restriction: Restriction = UNRESTRICTED,
    ) -> tuple[str, int]:
        """An access token for the client itself (RFC 6749 §4.4) and its lifetime in seconds.

        Nothing is written: there is no user to sign out and no refresh token to revoke.
        """
        restrictions.check_key(context, restriction)
        now = int(self._kernel.clock.time())
        lifetime = int(context.lifetimes.access.total_seconds())
        body = claims.client_claims(
            context.client.id,
            issuer(self._kernel.settings, context.pool.id),
            scopes,
            Issue(new_id(self._kernel), now, lifetime),
            customisation,
        )
        key = self._signing_keys.signer(context.pool.id)
        metrics.of(metrics.tokens_issued, "client").inc()
        return restrictions.sign_access(context, body, restriction, key), lifetime


def _sid(context: ClientContext, family: RefreshFamily) -> str | None:
    """Front-Channel Logout 1.0 §3, Back-Channel Logout 1.0 §2.1: what a client that follows logouts
    knows a browser session by. Others get no claim that Amazon Cognito's tokens do not have."""
    session_id = family.browser_session_id
    is_told = context.metadata.follows_logouts and session_ids.is_browser_session(session_id)
    return session_id if is_told else None
