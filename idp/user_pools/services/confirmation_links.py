"""CONFIRM_WITH_LINK: the sign-up code that goes by e-mail is a link to a page of the pool.

Developer guide, "Customizing email verification messages": the link is
`https://DOMAIN/confirmUser/?client_id=..&user_name=..&confirmation_code=..`. It confirms a sign-up;
VerifyUserAttribute and ConfirmForgotPassword take a code that somebody types, so theirs stay codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from idp.errors import NoPoolDomain
from idp.models import User, UserPool
from idp.user_pools.rules import delivery
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.rules.trigger_events import CODE_PARAMETER
from idp.user_pools.services import custom_senders, messages, pool_addresses
from idp.user_pools.services.messages import Text
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel

PATH = "/confirmUser"
SUBJECT = "Confirm your account"
EMAIL = "Follow this link to confirm your account. {##Confirm your account##}"


def are_sent(pool: UserPool) -> bool:
    """Whether sign-up codes go by e-mail as links. A CustomEmailSender function gets the code
    alone, as in AWS."""
    option = pool.settings["VerificationMessageTemplate"]["DefaultEmailOption"]
    return option == "CONFIRM_WITH_LINK" and custom_senders.sender_of(pool, "email") is None


def check_sign_up(kernel: Kernel, pool: UserPool, attributes: Mapping[str, str]) -> None:
    """Raises `NoPoolDomain` where a new user's link would lead nowhere."""
    destination = delivery.sign_up_destination(pool.settings, attributes)
    if are_sent(pool) and destination is not None and destination.attribute == "email":
        _base_url(kernel, pool)


def check_resend(kernel: Kernel, pool: UserPool) -> None:
    """The same for users who may not exist: for all names alike, so that it tells of none."""
    if are_sent(pool) and "email" in pool.settings.get("AutoVerifiedAttributes", ()):
        _base_url(kernel, pool)


def sign_up_text(
    kernel: Kernel, context: ClientContext, user: User, destination: Destination
) -> Text:
    """What carries the code of a sign-up; by SMS it is a code in any case."""
    pool = context.pool
    by_code = messages.verification_text(pool)
    if not are_sent(pool):
        return by_code
    template = pool.settings["VerificationMessageTemplate"]
    return Text(
        by_code.sms,
        template.get("EmailSubjectByLink", SUBJECT),
        template.get("EmailMessageByLink", EMAIL),
        _link(kernel, context, user) if destination.attribute == "email" else "",
        needs_link=True,
    )


def _link(kernel: Kernel, context: ClientContext, user: User) -> str:
    """With the placeholder of the code. The name is the username, which finds the user alone."""
    query = urlencode({"client_id": context.client.id, "user_name": user.username})
    base = _base_url(kernel, context.pool)
    return f"{base}{PATH}?{query}&confirmation_code={CODE_PARAMETER}"


def _base_url(kernel: Kernel, pool: UserPool) -> str:
    """By what is configured alone: whatever host a request names, the link does not lead there."""
    found = kernel.database.look_up(pool_addresses.base_url, kernel.settings, pool.id, pool.region)
    if found is None:
        raise NoPoolDomain
    return found
