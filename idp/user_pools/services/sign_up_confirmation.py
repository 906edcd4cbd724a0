"""ConfirmSignUp and ResendConfirmationCode: what follows a sign-up until the user may sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, UserCannotBeConfirmed, UserNotFound
from idp.models import User
from idp.user_pools.rules import codes
from idp.user_pools.rules.delivery import Delivery, Destination, sign_up_destination
from idp.user_pools.services import (
    confirmation,
    confirmation_links,
    messages,
    profiles,
    triggers,
    users,
)
from idp.user_pools.services.circumstances import NOT_TOLD, Circumstances
from idp.user_pools.services.confirmation import Entered
from idp.user_pools.services.equal_time import equally_long
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import occasions
from idp.user_pools.services.threats.occasions import Occasion
from kernel.runtime import Kernel


@dataclass(frozen=True)
class Confirmed:
    """A user who has just been confirmed, and the attribute whose address his code has proved."""

    user: User
    proved: str


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
    entered = Entered(codes.SIGN_UP, username, code)
    user, attribute, refusal = kernel.database.write(
        _confirm, kernel, context, entered, take_over_alias, occasion
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
    entered: Entered,
    take_over_alias: bool,
    occasion: Occasion | None,
) -> tuple[User | None, str, Exception | None]:
    pool = context.pool
    user = users.find_by_sign_in_name(session, pool, entered.username, to_change=True)
    unconfirmed = user if user is not None and user.status == "UNCONFIRMED" else None
    sent, refusal = confirmation.enter_for(
        session,
        kernel,
        context,
        unconfirmed,
        entered,
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
        delivery = Delivery(
            "CustomMessage_ResendCode",
            destination,
            code,
            metadata,
            context.client.id,
            in_background=context.hides_missing_users,
        )
        send_code(kernel, context, user, delivery)
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
        sign_up_destination(pool.settings, user.attributes)
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


def send_code(kernel: Kernel, context: ClientContext, user: User, delivery: Delivery) -> None:
    """The code of a sign-up, or a link in its place."""
    text = confirmation_links.sign_up_text(kernel, context, user, delivery.destination)
    messages.send(kernel, context.pool, user, delivery, text)
