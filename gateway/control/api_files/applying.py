"""An API becomes what a file says, or it is told what would change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gateway.control.api_files.kinds import KINDS
from gateway.control.api_files.naming import Named, find, named_by
from gateway.control.changes import publishing_change
from gateway.control.models import Api
from gateway.control.versions import advance
from gateway.openapi.differences import differences
from gateway.openapi.reading import read_document
from kernel.aws.operations import Call

NOT_SHOWN = "~ parts that documents do not show"


@dataclass(frozen=True)
class Wish:
    """A file, and what the operator says besides: the members of `Named`, and of an import."""

    body: bytes
    protocol: str = ""
    api_id: str = ""
    base_path: str = "ignore"
    fails_on_warnings: bool = False
    stages: tuple[str, ...] = ()
    """The stages that shall serve the API as the file has it."""


@dataclass(frozen=True)
class Outcome:
    """What was done, or would be: lines for people, none where the API is so already."""

    api_id: str
    title: str
    is_new: bool
    changes: tuple[str, ...]
    warnings: tuple[str, ...]


class _Undone(Exception):
    """Rolls a unit of work back that was only to be looked at."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def apply_file(call: Call, wish: Wish, *, only_compares: bool = False) -> Outcome:
    """One unit of work, which is rolled back where nothing changes or nothing shall.

    Raises `InvalidDocument` for a file that cannot be taken, and `Refused`.
    """
    document = read_document(wish.body)
    named = named_by(document, protocol=wish.protocol, api_id=wish.api_id)
    imported = KINDS[named.protocol].read(wish.body, wish.base_path)
    is_swagger = "swagger" in document

    def unit(session: Session) -> Outcome:
        outcome = _outcome(session, call, wish, named, imported, is_swagger=is_swagger)
        if only_compares or not outcome.changes:
            raise _Undone(outcome)
        return outcome

    try:
        return publishing_change(call, unit)
    except _Undone as undone:
        return undone.outcome


def _outcome(
    session: Session, call: Call, wish: Wish, named: Named, imported: Any, *, is_swagger: bool
) -> Outcome:
    kind = KINDS[named.protocol]
    api = find(session, call, named, lock=True)
    if api is None:
        advance(session)  # whoever makes the same API at the same time waits here, and finds it
        api = find(session, call, named, lock=True)
    is_new, before, shown = api is None, None, {}
    if api is None:
        answer = kind.add(session, call, imported, wish.fails_on_warnings)
        api = session.get_one(Api, answer.get("ApiId") or answer["id"])
    else:
        before = _frozen(kind.state(session, api))
        shown = kind.document(session, api, is_swagger=is_swagger)
        answer = kind.put(session, call, api, imported, wish.fails_on_warnings)
    session.flush()
    changes = differences(shown, kind.document(session, api, is_swagger=is_swagger))
    if not changes and before != _frozen(kind.state(session, api)):
        changes = [NOT_SHOWN]
    released = [kind.release(session, call, api, stage) for stage in wish.stages]
    warnings = answer.get("Warnings") or answer.get("warnings") or ()
    changes.extend(filter(None, released))
    return Outcome(api.id, named.title, is_new, tuple(changes), tuple(warnings))


def _frozen(state: dict[str, Any]) -> Any:
    """As it is now, whatever becomes of the rows."""
    return json.loads(json.dumps(state, default=str))
