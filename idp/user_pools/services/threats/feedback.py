"""Verdicts on events: was it the user? An administrator says so, or the user by a mail's link.

The token of a mail is sealed for one event and good for one answer within a week; the row itself
remembers that it was given, so that parallel answers are one.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, NotAuthorized, ResourceNotFound
from idp.models import AuthEvent, User
from kernel.runtime import Kernel
from kernel.sealing import Expired, Unsealable

PATH = "/authEventFeedback"
LIFETIME = 7 * 86400.0
INVALID_TOKEN = "Invalid feedback token."
VALUES = ("Valid", "Invalid")

ADMIN, USER = "Admin", "User"


def token(kernel: Kernel, user: User, event_id: str) -> str:
    """FeedbackToken for UpdateAuthEventFeedback."""
    return kernel.sealer.seal_token(event_id, _purpose(user.pool_id, user.id), LIFETIME)


def check_token(kernel: Kernel, user: User, event_id: str, given: str) -> None:
    """Raises `NotAuthorized` for a token that was not made for this event of this user."""
    try:
        meant = kernel.sealer.open_token(given, _purpose(user.pool_id, user.id))
    except Expired:
        raise NotAuthorized("Feedback token has expired.") from None
    except Unsealable:
        raise NotAuthorized(INVALID_TOKEN) from None
    if meant != event_id:
        raise NotAuthorized(INVALID_TOKEN)


def link(kernel: Kernel, user: User, event_id: str, value: str) -> str:
    """A page of this server that gives this verdict."""
    sealed = kernel.sealer.seal_token([user.id, event_id, value], "feedback-link", LIFETIME)
    return f"{kernel.settings.origin}{PATH}?{urlencode({'token': sealed})}"


def open_link(kernel: Kernel, sealed: str) -> tuple[str, str, str]:
    """User, event and verdict of a link's token. Raises `NotAuthorized`."""
    try:
        user_id, event_id, value = kernel.sealer.open_token(sealed, "feedback-link")
    except Unsealable:
        raise NotAuthorized(INVALID_TOKEN) from None
    return user_id, event_id, value


def give(
    session: Session, user_id: str, event_id: str, value: str, provider: str, now: datetime
) -> AuthEvent:
    """Store a verdict. The user has one, an administrator may change his mind.

    Raises `ResourceNotFound`, `InvalidParameter`; `NotAuthorized` where the user has answered.
    """
    if value not in VALUES:
        raise InvalidParameter("FeedbackValue must be Valid or Invalid.")
    event = session.get(AuthEvent, event_id, with_for_update=True)
    if event is None or event.user_id != user_id:
        raise ResourceNotFound("The auth event does not exist.")
    if provider == USER and event.document.get("FeedbackGiven"):
        raise NotAuthorized("Feedback has been given already.")
    given = {"FeedbackValue": value, "Provider": provider, "FeedbackDate": now.isoformat()}
    answered = {"FeedbackGiven": True} if provider == USER else {}
    event.document = {**event.document, "EventFeedback": given, **answered}
    return event


def _purpose(pool_id: str, user_id: str) -> str:
    return f"auth-event-feedback:{pool_id}:{user_id}"
