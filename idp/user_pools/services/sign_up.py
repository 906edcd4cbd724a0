"""Signing up and confirming, for the SDK operations and the hosted page alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, SignUpNotPermitted, UserCannotBeConfirmed, UserNotFound
from idp.models import User
from idp.user_pools.rules import codes, delivery, passwords, risk_policy
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.rules.trigger_events import (
    SignUpDecision,
    pre_sign_up_request,
    read_pre_sign_up,
)
from idp.user_pools.services import (
    confirmation,
    confirmation_links,
    credentials,
    messages,
    pools,
    profiles,
    registration,
    triggers,
    users,
)
from idp.user_pools.services.circumstances import NOT_TOLD, Circumstances
from idp.user_pools.services.confirmation import Entered
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.equal_time import equally_long
from idp.user_pools.services.registration import NewUser
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import compromised, occasions
from idp.user_pools.services.threats.occasions import Occasion
from kernel.runtime import Kernel


@dataclass(frozen=True)
class Application:
    """What somebody gives to become a user."""

    username: str
    password: str | None = field(repr=False)
    """None for a user who signs in by one-time passwords."""
    attributes: Mapping[str, str]
    validation_data: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    circumstances: Circumstances = NOT_TOLD


@dataclass(frozen=True)
class Confirmed:
    """A user who has just been confirmed, and the attribute whose address his code has proved."""

    user: User
    proved: str


@dataclass(frozen=True)
class SignedUp:
    """A new user, and where his code went; None where there is none to enter."""

    user: User
    destination: Destination | None


def sign_up(kernel: Kernel, context: ClientContext, application: Application) -> SignedUp:
    """Store a new user and send him a code, unless the PreSignUp function confirms him."""
    pool = context.pool
    if pool.settings["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]:
        raise SignUpNotPermitted
    occasion = occasions.begin(kernel, context, occasions.SIGN_UP, application.circumstances)
    password, is_known = application.password, False
    if password is not None:
        passwords.check_password_policy(pools.password_policy(pool), password)
        is_known = compromised.check_new(kernel, context, risk_policy.SIGN_UP, password)
    new = registration.prepare(
        kernel,
        pool,
        application.username,
        application.attributes,
        writable=context.writable,
        require_all=True,
    )
    if application.password is None:
        registration.check_passwordless(pool, new)
    kernel.database.look_up(registration.check_free, pool, new)
    decision = _decide(kernel, context, new, application)
    if not decision.confirm:
        confirmation_links.check_sign_up(kernel, pool, new.attributes)
    credential = (
        None
        if application.password is None
        else credentials.make(kernel, pool, new.username, application.password)
    )
    user, code, destination = kernel.database.write(
        _store, kernel, context, new, credential, decision, occasion, is_known
    )
    occasions.announce(occasion, user)
    if code is not None and destination is not None:
        _send(
            kernel, context, user, code, destination, "CustomMessage_SignUp", application.metadata
        )
    if decision.confirm:
        triggers.post_confirmation(
            kernel,
            pool,
            "PostConfirmation_ConfirmSignUp",
            user,
            application.metadata,
            context.client.id,
        )
    return SignedUp(user, destination if code is not None else None)


def _decide(
    kernel: Kernel, context: ClientContext, new: NewUser, application: Application
) -> SignUpDecision:
    response = triggers.pre_sign_up(
        kernel,
        context.pool,
        "PreSignUp_SignUp",
        new.username,
        pre_sign_up_request(new.attributes, application.validation_data, application.metadata),
        context.client.id,
    )
    return SignUpDecision() if response is None else read_pre_sign_up(response, new.attributes)


def _store(
    session: Session,
    kernel: Kernel,
    context: ClientContext,
    new: NewUser,
    credential: Credential | None,
    decision: SignUpDecision,
    occasion: Occasion | None,
    is_known: bool,
) -> tuple[User, str | None, Destination | None]:
    verified = {
        f"{kind}_verified": "true" if is_verified else "false"
        for kind, is_verified in (
            ("email", decision.verify_email),
            ("phone_number", decision.verify_phone_number),
        )
        if kind in new.attributes
    }
    completed = NewUser(new.id, new.username, {**new.attributes, **verified})
    status = "CONFIRMED" if decision.confirm else "UNCONFIRMED"
    user = registration.store(session, kernel, context.pool, completed, status, credential)
    response = "Pass" if decision.confirm else "InProgress"
    found = {"CompromisedCredentialsDetected": is_known}
    occasions.note(session, occasion, user, response, found)
    destination = delivery.sign_up_destination(context.pool.settings, user.attributes)
    if decision.confirm or destination is None:
        return user, None, destination
    return user, confirmation.issue(session, kernel, user, codes.SIGN_UP, destination), destination


@equally_long
def confirm(
    kernel: Kernel,
    context: ClientContext,
    username: str,
    code: str,
    metadata: Mapping[str, str],
    *,
    take_over_alias: bool = False,
    here: Circumstances = NOT_TOLD,
) -> Confirmed | None:
    """ConfirmSignUp: the code proves the address, and the user may sign in.

    None where the answer is not to tell that there is no such user.
    """
    occasion = occasions.begin(kernel, context, occasions.SIGN_UP, here)
    user, attribute, refusal = kernel.database.write(
        _confirm, kernel, context, username, code, take_over_alias, occasion
    )
    if refusal is not None:
        raise refusal
    if user is not None:
        triggers.post_confirmation(
            kernel,
            context.pool,
            "PostConfirmation_ConfirmSignUp",
            user,
            metadata,
            context.client.id,
        )
    return None if user is None else Confirmed(user, attribute)


def _confirm(
    session: Session,
    kernel: Kernel,
    context: ClientContext,
    username: str,
    code: str,
    take_over_alias: bool,
    occasion: Occasion | None,
) -> tuple[User | None, str, Exception | None]:
    pool = context.pool
    user = users.find_by_sign_in_name(session, pool, username, to_change=True)
    unconfirmed = user if user is not None and user.status == "UNCONFIRMED" else None
    sent, refusal = confirmation.enter_for(
        session,
        kernel,
        context,
        unconfirmed,
        Entered(codes.SIGN_UP, username, code),
        lambda: UserNotFound() if user is None else UserCannotBeConfirmed(user.status),
    )
    if user is None or sent is None or refusal is not None:
        return None, "", refusal
    user.status = "CONFIRMED"
    occasions.finish(session, occasion, user, occasions.SIGN_UP, "Pass")
    proved = sent.attribute if user.attributes.get(sent.attribute) == sent.destination else None
    changes = {f"{proved}_verified": "true"} if proved else {}
    profiles.write(
        session, pool, user, changes, kernel.clock.now(), take_over_aliases=take_over_alias
    )
    return user, proved or "", None


@equally_long
def resend(
    kernel: Kernel,
    context: ClientContext,
    username: str,
    metadata: Mapping[str, str],
    here: Circumstances = NOT_TOLD,
) -> Destination:
    """ResendConfirmationCode: a new code replaces the one before."""
    confirmation_links.check_resend(kernel, context.pool)
    occasion = occasions.begin(kernel, context, occasions.RESEND_CODE, here)
    user, code, destination = kernel.database.write(_renew, kernel, context, username, occasion)
    occasions.announce(occasion, user)
    if user is not None and code is not None:
        _send(kernel, context, user, code, destination, "CustomMessage_ResendCode", metadata)
    elif context.hides_missing_users:
        messages.deliver_to_nobody("CustomMessage_ResendCode")
    return destination


def _renew(
    session: Session,
    kernel: Kernel,
    context: ClientContext,
    username: str,
    occasion: Occasion | None,
) -> tuple[User | None, str | None, Destination]:
    pool = context.pool
    user = users.find_by_sign_in_name(session, pool, username, to_change=True)
    destination = (
        delivery.sign_up_destination(pool.settings, user.attributes)
        if user is not None and user.status == "UNCONFIRMED"
        else None
    )
    if user is None or destination is None:
        if context.hides_missing_users:
            purpose = codes.SIGN_UP
            simulated = confirmation.simulate_issue(session, kernel, pool, purpose, username)
            occasions.note(session, occasion, None, "Fail")
            return None, None, simulated
        raise _why_no_code(user)
    code = confirmation.issue(session, kernel, user, codes.SIGN_UP, destination)
    occasions.note(session, occasion, user, "Pass")
    return user, code, destination


def _why_no_code(user: User | None) -> Exception:
    if user is None:
        return UserNotFound()
    if user.status != "UNCONFIRMED":
        return InvalidParameter("User is already confirmed.")
    return InvalidParameter("Cannot resend codes. Auto verification not turned on.")


def _send(
    kernel: Kernel,
    context: ClientContext,
    user: User,
    code: str,
    destination: Destination,
    source: str,
    metadata: Mapping[str, str],
) -> None:
    messages.send(
        kernel,
        context.pool,
        user,
        Delivery(
            source,
            destination,
            code,
            metadata,
            context.client.id,
            in_background=source != "CustomMessage_SignUp" and context.hides_missing_users,
        ),
        confirmation_links.sign_up_text(kernel, context, user, destination),
    )
