"""Signing up, for the SDK operations and the hosted page alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from idp.errors import SignUpNotPermitted
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
    pools,
    registration,
    sign_up_confirmation,
    triggers,
)
from idp.user_pools.services.circumstances import NOT_TOLD, Circumstances
from idp.user_pools.services.credentials import Credential
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
class Admission:
    """Somebody who may be stored, and what has been found of him."""

    new: NewUser
    credential: Credential | None
    decision: SignUpDecision
    is_known: bool
    """Whether attackers know the password."""


@dataclass(frozen=True)
class SignedUp:
    """A new user, and where his code went; None where there is none to enter."""

    user: User
    destination: Destination | None


def sign_up(kernel: Kernel, context: ClientContext, application: Application) -> SignedUp:
    """Store a new user and send him a code, unless the PreSignUp function confirms him."""
    pool = context.pool
    if not context.takes_sign_ups:
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
    admission = Admission(new, credential, decision, is_known)
    user, code, destination = kernel.database.write(_store, kernel, context, admission, occasion)
    occasions.announce(occasion, user)
    if code is not None and destination is not None:
        sent = Delivery(
            "CustomMessage_SignUp", destination, code, application.metadata, context.client.id
        )
        sign_up_confirmation.send_code(kernel, context, user, sent)
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
    admission: Admission,
    occasion: Occasion | None,
) -> tuple[User, str | None, Destination | None]:
    new, decision = admission.new, admission.decision
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
    user = registration.store(
        session, kernel, context.pool, completed, status, admission.credential
    )
    response = "Pass" if decision.confirm else "InProgress"
    found = {"CompromisedCredentialsDetected": admission.is_known}
    occasions.note(session, occasion, user, response, found)
    destination = delivery.sign_up_destination(context.pool.settings, user.attributes)
    if decision.confirm or destination is None:
        return user, None, destination
    return user, confirmation.issue(session, kernel, user, codes.SIGN_UP, destination), destination
