"""The texts that carry codes and temporary passwords, and sending them.

A message is made from the pool's templates, may be changed by the CustomMessage trigger, and goes
out after the unit of work that made its code has committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import structlog

from idp.errors import CodeDeliveryFailure, IdpError
from idp.models import User, UserPool
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.rules.trigger_events import CODE_PARAMETER as CODE
from idp.user_pools.rules.trigger_events import USERNAME_PARAMETER as NAME
from idp.user_pools.services import log_delivery, triggers
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


VERIFICATION = Text(
    sms=f"Your verification code is {CODE}.",
    subject="Your verification code",
    email=f"Your verification code is {CODE}.",
)
INVITATION = Text(
    sms=f"Your username is {NAME} and temporary password is {CODE}.",
    subject="Your temporary password",
    email=f"Your username is {NAME} and temporary password is {CODE}.",
)


def verification_text(pool: UserPool) -> Text:
    """The pool's VerificationMessageTemplate, completed."""
    template = pool.settings["VerificationMessageTemplate"]
    return Text(
        template.get("SmsMessage", VERIFICATION.sms),
        template.get("EmailSubject", VERIFICATION.subject),
        template.get("EmailMessage", VERIFICATION.email),
    )


def invitation_text(pool: UserPool) -> Text:
    """The pool's InviteMessageTemplate, completed."""
    template = pool.settings["AdminCreateUserConfig"].get("InviteMessageTemplate", {})
    return Text(
        template.get("SMSMessage", INVITATION.sms),
        template.get("EmailSubject", INVITATION.subject),
        template.get("EmailMessage", INVITATION.email),
    )


def send_code(
    kernel: Kernel,
    pool: UserPool,
    user: User,
    code: str,
    destination: Destination,
    source: str,
    metadata: Mapping[str, str],
    client_id: str = triggers.NO_CLIENT,
    *,
    in_background: bool = False,
) -> None:
    """Send a code to the address that it is to prove, as `send` does."""
    send(
        kernel,
        pool,
        user,
        destination.attribute,
        destination.address,
        code,
        verification_text(pool),
        source,
        metadata,
        client_id,
        in_background=in_background,
    )


def send(
    kernel: Kernel,
    pool: UserPool,
    user: User,
    attribute: str,
    destination: str,
    code: str,
    text: Text,
    source: str,
    metadata: Mapping[str, str],
    client_id: str = triggers.NO_CLIENT,
    *,
    in_background: bool = False,
) -> None:
    """Send one message to the user's e-mail address or phone number.

    `source` is the CustomMessage trigger source, such as CustomMessage_SignUp. Raises
    `CodeDeliveryFailure` and what the trigger raises, unless it is sent in the background: there
    the time that a function and a mail server take must not tell who exists.
    """

    def deliver() -> None:
        customised = _customised(kernel, pool, user, text, source, metadata, client_id)
        message = _message(user, attribute, destination, code, customised)
        try:
            kernel.messenger.send(message)
        except DeliveryFailed as failure:
            details = {"details": f"{source}: {failure}"}
            log_delivery.emit(kernel, pool, "userNotification", "ERROR", details)
            raise CodeDeliveryFailure from None

    # Where too many wait for a slow mail server already, the caller waits as well.
    if in_background and IN_BACKGROUND.acquire(blocking=False):
        threading.Thread(target=_quietly, args=(deliver, source), daemon=True).start()
    elif in_background:
        _deliver_quietly(deliver, source)
    else:
        deliver()


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


def _message(user: User, attribute: str, destination: str, code: str, text: Text) -> Message:
    values = {CODE: code, NAME: user.username}
    is_email = CHANNELS[attribute] == "email"
    return Message(
        channel=CHANNELS[attribute],
        to=destination,
        subject=_filled(text.subject, values) if is_email else "",
        body=_filled(text.email if is_email else text.sms, values),
        code=code,
        html=_html(text.email, values) if is_email else None,
    )


def _customised(
    kernel: Kernel,
    pool: UserPool,
    user: User,
    text: Text,
    source: str,
    metadata: Mapping[str, str],
    client_id: str,
) -> Text:
    """The texts after the CustomMessage function has had its say."""
    custom = triggers.custom_message(kernel, pool, source, user, metadata, client_id)
    return Text(
        sms=custom.sms or text.sms,
        subject=custom.email_subject or text.subject,
        email=custom.email or text.email,
    )


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Plain text, in one pass: a username that looks like a placeholder stays as it is."""
    name, *rest = text.split(NAME)
    parts = [part.replace(CODE, values[CODE]) for part in (name, *rest)]
    return values[NAME].join(parts)


def _html(text: str, values: Mapping[str, str]) -> str:
    """E-mail templates may be HTML; values that people chose are escaped."""
    return _filled(text, {key: escape(value) for key, value in values.items()})
