"""What an authorization request needs of the person before it can be answered.

Each need is the error that `prompt=none` gets for it (OIDC Core §3.1.2.6).
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from authlib.oauth2 import OAuth2Error

from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import acr, second_factors
from idp.user_pools.services import consents
from kernel.clock import Clock
from kernel.runtime import Kernel

ASKS_TO_SIGN_IN = frozenset({"login", "select_account", "create"})


class LoginRequired(OAuth2Error):
    """ "The Authorization Server requires End-User authentication." """

    error = "login_required"


class InteractionRequired(OAuth2Error):
    """ "The Authorization Server requires End-User interaction of some form to proceed." """

    error = "interaction_required"


class ConsentRequired(OAuth2Error):
    """ "The Authorization Server requires End-User consent." """

    error = "consent_required"


class AccountSelectionRequired(OAuth2Error):
    """ "The End-User is REQUIRED to select a session at the Authorization Server." """

    error = "account_selection_required"


def needed(
    signed_in: SignedIn | None, wanted: AuthorizationRequest, clock: Clock
) -> OAuth2Error | None:
    """Why the present session does not answer the request; None where it does."""
    if signed_in is None or wanted.prompts & ASKS_TO_SIGN_IN:
        return LoginRequired()
    return missing(signed_in, wanted, clock)


def missing(signed_in: SignedIn, wanted: AuthorizationRequest, clock: Clock) -> OAuth2Error | None:
    """`needed` of a person who has signed in for this request, if the prompt said so."""
    context, now = wanted.client.context, clock.now()
    if wanted.subject not in {None, signed_in.user_id}:
        # OIDC Core §3.1.2.1, id_token_hint: for another person it "MUST return an error".
        return AccountSelectionRequired()
    if now - signed_in.auth_time >= context.sessions.reuse:
        return LoginRequired()
    if second_factors.is_missing(context.pool.settings, signed_in.opening.factors):
        return InteractionRequired()  # MFA was turned on since the person signed in
    if wanted.levels and acr.level(signed_in.opening.factors) < wanted.levels[0]:
        # By asking again the person may reach the level that is preferred.
        return LoginRequired()
    if wanted.max_age is not None and not signed_in.is_proven_within(wanted.max_age, now):
        return LoginRequired()
    return None


def needs_consent(kernel: Kernel, signed_in: SignedIn, wanted: AuthorizationRequest) -> bool:
    """Whether the person must be asked first: a client without `require_consent` is the operator's
    own, and `prompt=consent` has nothing to ask for there, as in Cognito."""
    client = wanted.client
    if not client.metadata.require_consent:
        return False
    asked = consents.asked(wanted.scopes, wanted.binding)
    return "consent" in wanted.prompts or not kernel.database.look_up(
        consents.covers, signed_in.user_id, client.client_id, asked
    )
