"""Authentication events on their way out of the pool (SetLogDeliveryConfiguration, userAuthEvents).

Developer guide, "Exporting logs from Amazon Cognito user pools", gives the entry's members. An
event is exported after the unit of work that wrote it, as it stands then: one that waits for a
further step is exported again when that is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import bindparam, select

from idp.models import AuthEvent, User
from idp.user_pools.services import log_delivery
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows, loader

log = structlog.get_logger("poolgate.threats")

SOURCE, LEVEL = "userAuthEvents", "INFO"
EVENT = Prepared(select(*AuthEvent.__table__.columns).where(AuthEvent.id == bindparam("event_id")))
_event = loader(AuthEvent)


def announce(kernel: Kernel, context: ClientContext, user: User | None, event_id: str) -> None:
    """Export an event, where the pool exports its kind. Call it outside of units of work.

    Whoever does not exist has none, which costs as much to find out.
    """
    try:
        if not log_delivery.is_wanted(kernel, context.pool, SOURCE, LEVEL):
            return
        event = kernel.database.look_up(_find, event_id)
    except Exception:
        # As in `log_delivery.emit`: what the event is about has happened already.
        log.warning("log_entry_lost", source=SOURCE, exc_info=True)
        return
    if event is not None and user is not None:
        entry = message(event, user.username, context)
        log_delivery.emit(kernel, context.pool, SOURCE, LEVEL, entry)


def message(event: AuthEvent, username: str, context: ClientContext) -> dict[str, Any]:
    """The entry of an event; members of which nothing is known are left out."""
    document: Mapping[str, Any] = event.document
    risk, seen = document.get("EventRisk", {}), document.get("EventContextData", {})
    known = {
        "riskLevel": risk.get("RiskLevel"),
        "deviceName": seen.get("DeviceName"),
        "ipAddress": seen.get("IpAddress"),
        "city": seen.get("City"),
        "country": seen.get("Country"),
    }
    return {
        "version": "1",
        "eventId": event.id,
        "eventType": _words(document["EventType"]),
        "userSub": event.user_id,
        "userName": username,
        "userPoolId": event.pool_id,
        "clientId": context.client.id,
        "creationDate": event.created.isoformat(),
        "eventResponse": _words(document["EventResponse"]),
        "riskDecision": risk.get("RiskDecision"),
        "compromisedCredentialDetected": bool(risk.get("CompromisedCredentialsDetected")),
        "challenges": [
            f"{each['ChallengeName']}:{each['ChallengeResponse']}"
            for each in document.get("ChallengeResponses", ())
        ],
        **{name: value for name, value in known.items() if value},
    }


def _find(rows: Rows, event_id: str) -> AuthEvent | None:
    row = rows.first(EVENT, event_id=event_id)
    return None if row is None else _event(row)


def _words(name: str) -> str:
    """`PasswordChange` as `PASSWORD_CHANGE`."""
    return "".join(f"_{each}" if each.isupper() else each for each in name).lstrip("_").upper()
