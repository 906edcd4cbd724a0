"""The texts that carry codes and temporary passwords, and sending them.

A message is made from the pool's templates, may be changed by the CustomMessage trigger, and goes
out after the unit of work that made its code has committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import structlog

from idp.errors import CodeDeliveryFailure, IdpError
from idp.models import User, UserPool
from idp.user_pools.rules import second_factors
from idp.user_pools.rules.delivery import Delivery
from idp.user_pools.rules.trigger_events import CODE_PARAMETER as CODE
from idp.user_pools.rules.trigger_events import LINK
from idp.user_pools.rules.trigger_events import USERNAME_PARAMETER as NAME
from idp.user_pools.services import custom_senders, log_delivery, triggers
from kernel.messaging.message import DeliveryFailed, Message
from kernel.runtime import Kernel

log = structlog.get_logger("poolgate.messages")

IN_BACKGROUND = threading.BoundedSemaphore(64)

CHANNELS: Mapping[str, Any] = {"email": "email", "phone_number": "sms"}


@dataclass(frozen=True)
class Text:
    """Texts by channel, with their placeholders."""

    sms: str
    subject: str
    email: str
    link: str = ""
    """An address that the e-mail leads to, with placeholders of its own (`magic_links`,
    `confirmation_links`)."""
    needs_link: bool = False
    """Whether a function's e-mail must hold the link; otherwise it must hold the code."""


VERIFICATION = Text(
    sms=f"Your verification code is {CODE}.",
    subject="Your verification code",
    email=f"Your verification code is {CODE}.",
)
AUTHENTICATION = Text(
    sms=f"Your authentication code is {CODE}.",
    subject="Your authentication code",
    email=f"Your authentication code is {CODE}.",
)
INVITATION = Text(
    sms=f"Your username is {NAME} and temporary password is {CODE}.",
    subject="Your temporary password",
    email=f"Your username is {NAME} and temporary password is {CODE}.",
)
WELCOME = Text(
    sms=f"Welcome. Your username is {NAME}, and your password is the one that you know.",
    subject="Welcome",
    email=f"Welcome. Your username is {NAME}, and your password is the one that you know.",
)


def verification_text(pool: UserPool) -> Text:
    """The pool's VerificationMessageTemplate, completed."""
    template = pool.settings["VerificationMessageTemplate"]
    return Text(
        template.get("SmsMessage", VERIFICATION.sms),
        template.get("EmailSubject", VERIFICATION.subject),
        template.get("EmailMessage", VERIFICATION.email),
    )


def authentication_text(pool: UserPool) -> Text:
    """SmsAuthenticationMessage and EmailMfaConfiguration, completed."""
    template = pool.settings.get(second_factors.MEMBER, second_factors.NONE_ACTIVE)["Email"] or {}
    return Text(
        pool.settings.get("SmsAuthenticationMessage", AUTHENTICATION.sms),
        template.get("Subject", AUTHENTICATION.subject),
        template.get("Message", AUTHENTICATION.email),
    )


def invitation_text(pool: UserPool) -> Text:
    """The pool's InviteMessageTemplate, completed."""
    template = pool.settings["AdminCreateUserConfig"].get("InviteMessageTemplate", {})
    return Text(
        template.get("SMSMessage", INVITATION.sms),
        template.get("EmailSubject", INVITATION.subject),
        template.get("EmailMessage", INVITATION.email),
    )


def send_code(kernel: Kernel, pool: UserPool, user: User, delivery: Delivery) -> None:
    """Send a code to the address that it is to prove, as `send` does."""
    send(kernel, pool, user, delivery, verification_text(pool))


def send(kernel: Kernel, pool: UserPool, user: User, delivery: Delivery, text: Text) -> None:
    """Send one message to the user's e-mail address or phone number.

    Raises `CodeDeliveryFailure` and what the trigger raises, unless it is sent in the background,
    as it is wherever a function of the pool sends in our place.
    """

    function = custom_senders.sender_of(pool, delivery.destination.attribute)

    def deliver() -> None:
        if function is not None:
            custom_senders.hand_over(kernel, pool, user, delivery, function)
            return
        message = _message(user, delivery, _customised(kernel, pool, user, delivery, text))
        try:
            kernel.messenger.send(message)
        except DeliveryFailed as failure:
            details = {"details": f"{delivery.source}: {failure}"}
            log_delivery.emit(kernel, pool, "userNotification", "ERROR", details)
            raise CodeDeliveryFailure from None

    if delivery.in_background or function is not None:
        deliver_later(deliver, delivery.source)
    else:
        deliver()


def deliver_later(deliver: Callable[[], None], source: str) -> None:
    """Run `deliver` in the background. Its `IdpError` is logged under `source`."""
    # Where too many wait for a slow mail server already, the caller waits as well.
    if IN_BACKGROUND.acquire(blocking=False):
        threading.Thread(target=_quietly, args=(deliver, source), daemon=True).start()
    else:
        _deliver_quietly(deliver, source)


def deliver_to_nobody(source: str) -> None:
    """As much is handed over for somebody who does not exist."""
    deliver_later(lambda: None, source)


def _quietly(deliver: Callable[[], None], source: str) -> None:
    try:
        _deliver_quietly(deliver, source)
    finally:
        IN_BACKGROUND.release()


def _deliver_quietly(deliver: Callable[[], None], source: str) -> None:
    """Deliver; a failure is logged, since the answer must not tell of it."""
    try:
        deliver()
    except IdpError as error:
        log.warning("message_undelivered", source=source, reason=type(error).__name__)


def _message(user: User, delivery: Delivery, text: Text) -> Message:
    values = {CODE: delivery.code or "", NAME: user.username}
    channel = CHANNELS[delivery.destination.attribute]
    is_email = channel == "email"
    return Message(
        channel=channel,
        to=delivery.destination.address,
        subject=_filled(text.subject, values) if is_email else "",
        body=_filled(_linked(text) if is_email else text.sms, values),
        code=delivery.code,
        html=_html(_linked(text, in_html=True), values) if is_email else None,
    )


def _customised(kernel: Kernel, pool: UserPool, user: User, delivery: Delivery, text: Text) -> Text:
    """The texts after the CustomMessage function has had its say: it words codes alone."""
    if delivery.code is None:
        return text
    custom = triggers.custom_message(
        kernel,
        pool,
        delivery.source,
        user,
        delivery.metadata,
        delivery.client_id,
        needs_link=text.needs_link,
    )
    return replace(
        text,
        sms=custom.sms or text.sms,
        subject=custom.email_subject or text.subject,
        email=custom.email or text.email,
    )


def _linked(text: Text, *, in_html: bool = False) -> str:
    """The e-mail with its link in place of `{##words##}`, or at its end; without a link those
    words are left out."""
    if not text.link:
        return LINK.sub("", text.email)

    def link(words: str) -> str:
        if in_html:
            return f'<a href="{escape(text.link)}">{words}</a>'
        return f"{words}: {text.link}"

    if LINK.search(text.email):
        return LINK.sub(lambda found: link(found[1]), text.email)
    sentence = link("Open this link in the same browser")
    return f"{text.email}<p>{sentence}</p>" if in_html else f"{text.email}\n\n{sentence}\n"


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Plain text, in one pass: a username that looks like a placeholder stays as it is."""
    name, *rest = text.split(NAME)
    parts = [part.replace(CODE, values[CODE]) for part in (name, *rest)]
    return values[NAME].join(parts)


def _html(text: str, values: Mapping[str, str]) -> str:
    """E-mail templates may be HTML; values that people chose are escaped."""
    return _filled(text, {key: escape(value) for key, value in values.items()})
