"""/account/data: one JSON document of what is kept about a person, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from flask import Response
from sqlalchemy.orm import Session

from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, needs_person, show
from idp.hosted_ui.headers import protect
from idp.hosted_ui.visit import Visit
from idp.user_pools.rules import second_factors
from idp.user_pools.services import (
    consents,
    devices,
    linked_identities,
    passkeys,
    quick_reads,
    software_tokens,
    user_sessions,
    users,
)
from idp.user_pools.services.threats import events
from kernel.statements import Rows

MOST = 1000
FILE = "account.json"


@needs_person(recently=True)
def show_page(visit: Visit, here: Here) -> Response:
    return show(visit, here, places.DATA)


@needs_person(recently=True)
def submit(visit: Visit, here: Here, _form: Mapping[str, str]) -> Response:
    """A form and not a link, so that no other site can make a browser download it."""
    now = visit.kernel.clock.now()
    found = visit.kernel.database.read(document, visit, here, now)
    body = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    response = Response(body, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return protect(response)


def document(session: Session, visit: Visit, here: Here, now: datetime) -> dict[str, Any]:
    """The attributes are those that the client may read."""
    user, rows = users.by_id(session, here.owner.user.id), Rows.of(session)
    readable = visit.context.readable
    sessions = user_sessions.page(session, user, now, None) if _tracks(visit) else []
    return {
        "exported": now,
        "username": user.username,
        "attributes": {
            each["Name"]: each["Value"] for each in users.attribute_list(user, readable)
        },
        "unverified_changes": {
            name: value for name, value in user.pending_attributes.items() if name in readable
        },
        "status": user.status,
        "created": user.created,
        "modified": user.modified,
        "password_set": user.password_set,
        "groups": [group.name for group in quick_reads.groups(rows, user.id)],
        "second_step": {
            **second_factors.describe(user.mfa),
            "authenticator_set_up": software_tokens.modified(rows, user.id),
        },
        "passkeys": [
            passkeys.describe(each)
            for each in passkeys.page(session, user, "", passkeys.MOST_PASSKEYS)
        ],
        "devices": [
            devices.describe(visit.context.pool, user, each)
            for each in devices.page(session, user.id, "", MOST)
        ],
        "sessions": [each.describe(here.signed_in.opening.browser_session_id) for each in sessions],
        "sign_ins": [events.describe(each) for each in events.page(session, user.id, (), MOST)],
        "applications": [
            {"name": each.client_name, "allowed": each.scopes, "granted": each.granted}
            for each in consents.of_user(session, user.id)
        ],
        "linked_accounts": [
            {"provider": each.provider, "name": each.value, "created": each.created}
            for each in linked_identities.of_user(session, user.id)
        ],
    }


def _tracks(visit: Visit) -> bool:
    return visit.context.sessions.tracks
