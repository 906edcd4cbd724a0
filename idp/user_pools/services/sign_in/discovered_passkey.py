"""Signing in with a passkey before anybody has said who he is: the passkey says it.

The challenge is a sealed token, so nothing is stored for it: it names the client, and is good for
five minutes and one answer. From there on it is the sign-in of `web_authn`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from idp.errors import InvalidSession, NotAuthorized, SessionExpired, WebAuthnConfigurationMissing
from idp.models import User
from idp.texts import N_
from idp.user_pools.rules import first_factors, passkey_answers, passkeys
from idp.user_pools.rules.passkeys import RelyingParty
from idp.user_pools.services import passkeys as stored_passkeys
from idp.user_pools.services import quick_reads, relying_party, triggers
from idp.user_pools.services.sign_in import beginning, choice, risk, sessions, web_authn
from idp.user_pools.services.sign_in.attempt import Asked, Attempt, Challenge, R
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.sealing import Expired, Unsealable
from kernel.statements import Rows

SECONDS = 300.0
UNKNOWN = N_("This passkey is not known here. Sign in another way.")


@dataclass(frozen=True)
class Asking:
    """What a browser is asked: PublicKeyCredentialRequestOptionsJSON, and for whom."""

    party_id: str
    options: str


def ask(kernel: Kernel, context: ClientContext) -> Asking | None:
    """The question of a page; None where the client's people cannot sign in by passkey.

    It names no credential: authenticators offer what they keep for the relying party (WebAuthn
    §7.2, step 1), and nobody learns who has one.
    """
    party = choice.is_allowed(context) and kernel.database.look_up(_party, kernel, context)
    if not party:
        return None
    number = kernel.randomness.uuid()
    challenge = kernel.sealer.seal_token(number, _purpose(context), SECONDS).encode()
    return Asking(party.id, passkeys.request_options(party, challenge, ()))


def redeem(
    kernel: Kernel,
    context: ClientContext,
    credential: str,
    complete: Callable[[Attempt[R], User], R],
    asked: Asked,
) -> Challenge | R:
    """Check the answer and go on with the sign-in of whom it names. Raises `InvalidSession`,
    `InvalidParameter`, `NotAuthorized` and its kin."""
    if not choice.is_allowed(context):
        raise NotAuthorized(UNKNOWN)
    assertion = passkey_answers.parse_assertion(credential)
    challenge = assertion.client_data.challenge
    number = _open(kernel, context, challenge)
    user = kernel.database.look_up(_owner, context, assertion.credential_id)
    # §7.2, step 6: where the user was not identified before, "verify that response.userHandle is
    # present"; whose it is `web_authn` compares.
    if user is None or assertion.user_handle is None:
        raise NotAuthorized(UNKNOWN)
    pending = Pending(
        web_authn.NAME,
        number,
        user.username,
        user.id,
        base64.b64encode(challenge).decode(),
        "choice",
        password=sessions.password_mark(user),
    )
    attempt = beginning.resume(kernel, context, pending, complete, asked)
    risk.admit(attempt)
    triggers.pre_authentication(kernel, context, attempt.user, user.username, {})
    return web_authn.respond(attempt, pending, {"CREDENTIAL": credential})


def _open(kernel: Kernel, context: ClientContext, challenge: bytes) -> str:
    try:
        return str(kernel.sealer.open_token(challenge.decode("ascii"), _purpose(context)))
    except Expired:
        raise SessionExpired from None
    except (Unsealable, ValueError):
        raise InvalidSession from None


def _party(rows: Rows, kernel: Kernel, context: ClientContext) -> RelyingParty | None:
    if web_authn.NAME not in first_factors.allowed(context.pool.settings):
        return None
    try:
        return relying_party.find(rows, kernel, context.pool, None)
    except WebAuthnConfigurationMissing:
        return None


def _owner(rows: Rows, context: ClientContext, credential_id: str) -> User | None:
    passkey = stored_passkeys.by_id(rows, context.pool.id, credential_id)
    return None if passkey is None else quick_reads.user_by_id(rows, passkey.user_id)


def _purpose(context: ClientContext) -> str:
    return f"discovered-passkey:{context.client.id}"
