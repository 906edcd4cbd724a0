"""Which flows and challenges there are, and who handles them.

    InitiateAuth            USER_PASSWORD_AUTH, USER_SRP_AUTH, CUSTOM_AUTH, USER_AUTH
    AdminInitiateAuth       the same, and ADMIN_USER_PASSWORD_AUTH
    RespondToAuthChallenge  PASSWORD_VERIFIER → NEW_PASSWORD_REQUIRED → a second factor → tokens
                            DEVICE_SRP_AUTH → DEVICE_PASSWORD_VERIFIER → tokens
                            CUSTOM_CHALLENGE → whatever the pool's functions decide

Refreshing is no sign-in: `operations.sign_in` hands it to `services.refresh`.

What a client needs for a flow is in `rules.auth_flows`. Which challenge follows a good password is
decided in `first_factor`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from idp.errors import ClientNotFound, InvalidParameter, InvalidSession
from idp.models import User
from idp.user_pools.rules import auth_flows, secret_hash, usernames
from idp.user_pools.rules.devices import as_device_key
from idp.user_pools.services import subjects, triggers
from idp.user_pools.services.sign_in import (
    beginning,
    choice,
    completion,
    custom_challenge,
    device_proof,
    devices,
    mfa_setup,
    new_password,
    one_time_code,
    password,
    passwordless,
    risk,
    second_factor,
    second_factor_answers,
    secure_remote_password,
    sessions,
    signed_up,
    step_up,
    web_authn,
)
from idp.user_pools.services.sign_in.attempt import Asked, Attempt, Outcome, R, parameter
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.sign_in.simulation import stand_in
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Rows

Starter = Callable[[Attempt[Outcome], Mapping[str, str]], Outcome]
Responder = Callable[[Attempt[Outcome], Pending, Mapping[str, str]], Outcome]
Opener = Callable[[Kernel, ClientContext, str, str | None, Mapping[str, str]], Pending]


@dataclass(frozen=True)
class Flow:
    """A way to begin."""

    start: Starter
    is_custom: bool = False
    redeem: Callable[[Attempt[Outcome], str], Outcome] | None = None
    """Begins with ConfirmSignUp's Session."""


FLOWS: Mapping[str, Flow] = {
    "USER_PASSWORD_AUTH": Flow(password.start),
    "ADMIN_USER_PASSWORD_AUTH": Flow(password.start),
    "ADMIN_NO_SRP_AUTH": Flow(password.start),
    "USER_SRP_AUTH": Flow(secure_remote_password.start),
    "CUSTOM_AUTH": Flow(custom_challenge.start, is_custom=True),
    "USER_AUTH": Flow(choice.start, redeem=signed_up.redeem),
}


@dataclass(frozen=True)
class Answering:
    """How a challenge is answered. `open` finds what was remembered when it was posed: in the
    Session, of its name, the challenge's responses, or elsewhere."""

    respond: Responder
    open: Opener = sessions.open_given


def _email_otp(
    attempt: Attempt[Outcome], pending: Pending, responses: Mapping[str, str]
) -> Outcome:
    """One challenge of two meanings: a code in place of a password, or as a second factor."""
    if passwordless.is_first(pending):
        return passwordless.respond(attempt, pending, responses)
    return second_factor_answers.respond(attempt, pending, responses)


CHALLENGES: Mapping[str, Answering] = {
    secure_remote_password.NAME: Answering(
        secure_remote_password.respond, secure_remote_password.open_pending
    ),
    new_password.NAME: Answering(new_password.respond),
    devices.NAME: Answering(device_proof.begin, device_proof.open_posed),
    device_proof.NAME: Answering(device_proof.respond, device_proof.open_pending),
    custom_challenge.NAME: Answering(custom_challenge.respond),
    choice.NAME: Answering(choice.respond),
    choice.PASSWORD: Answering(choice.respond_with_password),
    choice.PASSWORD_SRP: Answering(choice.respond_with_password),
    web_authn.NAME: Answering(web_authn.respond),
    one_time_code.SMS_OTP.challenge: Answering(passwordless.respond),
    **{name: Answering(second_factor_answers.respond) for name in second_factor.NAMES},
    one_time_code.EMAIL_OTP.challenge: Answering(_email_otp),
    mfa_setup.NAME: Answering(mfa_setup.respond, mfa_setup.open_pending),
}


WITH_TOKENS: Callable[[Attempt[Outcome], User], Outcome] = completion.with_tokens


def start(
    kernel: Kernel, flow_name: str, client_id: str, parameters: Mapping[str, str], asked: Asked
) -> Outcome:
    """InitiateAuth; AdminInitiateAuth where a pool is given."""
    flow = FLOWS.get(flow_name)
    if flow is None or (auth_flows.FLOWS[flow_name].admin_only and asked.pool_id is None):
        raise InvalidParameter("Initiate Auth method not supported.")
    username = parameter(parameters, "USERNAME")
    asked = replace(asked, device_key=as_device_key(parameters.get("DEVICE_KEY")))
    attempt = kernel.database.look_up(_attempt, kernel, client_id, username, asked)
    explicit = attempt.context.client.settings["ExplicitAuthFlows"]
    if not auth_flows.FLOWS[flow_name].allowed_by.intersection(explicit):
        raise InvalidParameter(f"{flow_name} is not enabled for the client.")
    _check_secret_hash(attempt, parameters)
    if flow.is_custom:
        attempt = replace(attempt, is_custom=True)
    risk.admit(attempt)
    if flow_name == step_up.FLOW:
        attempt = step_up.aim(attempt, parameters)
    triggers.pre_authentication(kernel, attempt.context, attempt.user, username, asked.metadata)
    if asked.session is not None and flow.redeem is not None:
        return flow.redeem(attempt, asked.session)
    return flow.start(attempt, parameters)


def respond(
    kernel: Kernel,
    challenge: str,
    client_id: str,
    session_token: str | None,
    responses: Mapping[str, str],
    asked: Asked,
) -> Outcome:
    """RespondToAuthChallenge; AdminRespondToAuthChallenge where a pool is given."""
    answering = CHALLENGES.get(challenge)
    if answering is None:
        raise InvalidParameter(f"The challenge {challenge} is not supported.")
    context = kernel.database.look_up(subjects.load_client, kernel, client_id)
    check_pool(context, asked.pool_id)
    pending = answering.open(kernel, context, challenge, session_token, responses)
    asked = replace(asked, device_key=as_device_key(responses.get("DEVICE_KEY")))
    attempt = beginning.resume(kernel, context, pending, WITH_TOKENS, asked)
    _check_secret_hash(attempt, responses)
    risk.admit(attempt)
    _check_username(attempt, parameter(responses, "USERNAME"))
    return answering.respond(custom_challenge.resumed(attempt, pending), pending, responses)


def _attempt(
    rows: Rows, kernel: Kernel, client_id: str, username: str, asked: Asked
) -> Attempt[Outcome]:
    context = subjects.load_client(rows, kernel, client_id)
    check_pool(context, asked.pool_id)
    return beginning.start(rows, kernel, context, username, WITH_TOKENS, asked)


def check_pool(context: ClientContext, pool_id: str | None) -> None:
    if pool_id is not None and context.pool.id != pool_id:
        raise ClientNotFound(context.client.id)


def _check_username(attempt: Attempt[R], given: str) -> None:
    """An answer names whom it signs in: as the sign-in began, or as the challenge said."""
    told = attempt.user.username if attempt.user is not None else stand_in(attempt)[0]
    settings = attempt.context.pool.settings
    names = {usernames.normalise(name, settings) for name in (attempt.username, told)}
    if usernames.normalise(given, settings) not in names:
        raise InvalidSession


def _check_secret_hash(attempt: Attempt[R], parameters: Mapping[str, str]) -> None:
    """Clients sign either the name they began with or the username they were told."""
    names = {attempt.username, parameters.get("USERNAME", attempt.username)}
    if attempt.user is not None:
        names &= {attempt.username, attempt.user.username}
    secret_hash.check_secret_hash(
        parameters.get("SECRET_HASH"),
        attempt.context.secrets,
        names,
        attempt.context.client.id,
    )
