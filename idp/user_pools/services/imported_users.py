"""A batch of imported users on its way into the tables, in one unit of work.

A row at a time through a session would take an hour for a million users; a batch looks all of its
names up at once and inserts table by table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from idp.errors import IdpError
from idp.models import SearchableAttribute, SignInName, User
from idp.user_pools.rules import csv_users, usernames
from idp.user_pools.rules.csv_users import ImportedUser, ImportRules
from idp.user_pools.services import imported_credentials, reserved_names, users
from idp.user_pools.services.import_files import Line

EXISTS = "The user already exists."
UNREADABLE = "The line is too long, or is not UTF-8."
TOO_MANY_FORMS = "The user pool holds too many kinds of imported password hashes already."


@dataclass(frozen=True, repr=False)
class ParsedLine:
    """What became of a line before it is held against the pool: a user, or a reason why not."""

    number: int
    user_id: str
    user: ImportedUser | None = None
    names: Sequence[tuple[str, str]] = ()
    fault: str | None = None


@dataclass
class Outcome:
    """What became of a batch."""

    imported: int = 0
    skipped: int = 0
    failed: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)
    forms: Counter[str] = field(default_factory=Counter)

    def skip(self, line: ParsedLine, reason: str) -> None:
        self.skipped += 1
        self.log.append({"line": line.number, "outcome": "SKIPPED", "reason": reason})

    def fail(self, line: ParsedLine, reason: str) -> None:
        self.failed += 1
        self.log.append({"line": line.number, "outcome": "FAILED", "reason": reason})


def parse(rules: ImportRules, lines: Sequence[tuple[Line, str]]) -> list[ParsedLine]:
    """Lines, each with the `sub` that its user would have. Blank ones are left out."""
    return [
        _parse(rules, line, user_id)
        for line, user_id in lines
        if line.text is None or line.text.strip()
    ]


def _parse(rules: ImportRules, line: Line, user_id: str) -> ParsedLine:
    if line.text is None:
        return ParsedLine(line.number, user_id, fault=UNREADABLE)
    try:
        user = csv_users.parse_user(rules, line.text, user_id)
        names = csv_users.sign_in_names(rules.settings, user, status_of(user))
        users.check_lengths(set(names))
    except IdpError as error:
        return ParsedLine(line.number, user_id, fault=" ".join(error.message.split()))
    return ParsedLine(line.number, user_id, user, names)


def status_of(user: ImportedUser) -> str:
    """Whoever brings no password must set one before he signs in."""
    return "RESET_REQUIRED" if user.password_hash is None else "CONFIRMED"


def store(
    session: Session,
    pool_id: str,
    settings: Mapping[str, Any],
    lines: Sequence[ParsedLine],
    now: datetime,
) -> Outcome:
    """Insert who is new and conforms. The caller has checked that nobody else does the same."""
    outcome = Outcome()
    accepted = _free(session, pool_id, settings, lines, outcome)
    accepted = _with_known_forms(session, pool_id, accepted, outcome)
    rows = [_user(pool_id, line, now) for line in accepted]
    names = [
        {"pool_id": pool_id, "name": name, "user_id": line.user_id, "kind": kind}
        for line in accepted
        for kind, name in line.names
    ]
    searchable = [
        {"pool_id": pool_id, "name": name, "value": value, "user_id": row["id"]}
        for row in rows
        for name, value in users.searchable_values(row).items()
    ]
    connection = session.connection()
    for model, values in ((User, rows), (SignInName, names), (SearchableAttribute, searchable)):
        if values:
            connection.execute(insert(cast(Table, model.__table__)), values)
    outcome.imported = len(accepted)
    return outcome


def _free(
    session: Session,
    pool_id: str,
    settings: Mapping[str, Any],
    lines: Sequence[ParsedLine],
    outcome: Outcome,
) -> list[ParsedLine]:
    """The lines whose names nobody has, neither in the pool nor further up in the batch."""
    wanted = [name for line in lines for _, name in line.names]
    taken = set(
        session.scalars(
            select(SignInName.name).where(
                SignInName.pool_id == pool_id, SignInName.name.in_(wanted)
            )
        )
    )
    reserved = reserved_names.of_pool(session, pool_id, settings)
    accepted = []
    for line in lines:
        complaints = [reserved.complaint(kind, name) for kind, name in line.names]
        if line.user is None or any(complaints):
            outcome.fail(line, line.fault or next(filter(None, complaints), UNREADABLE))
            continue
        clash = next((kind for kind, name in line.names if name in taken), None)
        if clash is None:
            taken.update(name for _, name in line.names)
            accepted.append(line)
        elif clash == "username" or usernames.generates_usernames(settings):
            outcome.skip(line, EXISTS)
        else:
            outcome.fail(line, f"An account with the given {clash} already exists.")
    return accepted


def _with_known_forms(
    session: Session, pool_id: str, lines: Sequence[ParsedLine], outcome: Outcome
) -> list[ParsedLine]:
    """Password checks take as long for nobody as for these users only if the pool knows which
    hashes it holds (`imported_credentials`)."""
    if not any(line.user and line.user.hash_form for line in lines):
        return list(lines)
    known = set(imported_credentials.forms_in(session, pool_id))
    accepted = []
    for line in lines:
        form = line.user.hash_form if line.user else None
        if form is not None and form not in known:
            if len(known) >= imported_credentials.MOST_FORMS:
                outcome.fail(line, TOO_MANY_FORMS)
                continue
            known.add(form)
        if form is not None:
            outcome.forms[form] += 1
        accepted.append(line)
    return accepted


def _user(pool_id: str, line: ParsedLine, now: datetime) -> dict[str, Any]:
    user = line.user
    if user is None:
        raise ValueError("a line without a user cannot be stored")
    second_factors = {"enabled": ["SMS_MFA"], "preferred": "SMS_MFA"} if user.has_mfa else {}
    return {
        "id": line.user_id,
        "pool_id": pool_id,
        "username": user.username,
        "status": status_of(user),
        "enabled": True,
        "attributes": user.attributes,
        "pending_attributes": {},
        "created": now,
        "modified": now,
        "srp_salt": None,
        "sealed_verifier": None,
        "password_hash": user.password_hash,
        "sealed_password_history": None,
        "password_set": now if user.password_hash else None,
        "mfa": second_factors,
    }
