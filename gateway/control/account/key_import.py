"""API keys from a file of comma-separated values ("API key file format", developer guide).

    Name,key,description,Enabled,usageplanIds
    MyFirstKey,apikey1234abcdefghij0123456789,An imported key,TRUE,"c7y23b,glvrsr"

"The same API key can be imported multiple times with the most recent version overwriting the
previous one." What a row asks for and cannot have is a warning; the other rows are imported.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account import api_keys, key_values, plan_keys
from gateway.control.account.finding import find_plan, require_room
from gateway.control.account.models import ApiKey, UsagePlanKey
from gateway.control.documents import require_storable
from gateway.control.errors import Invalid, Refused
from kernel.aws.operations import Call

COLUMNS = ("name", "key", "description", "enabled", "usageplanids")
_FLAGS = {"": True, "true": True, "false": False}
MOST_WARNINGS = 1000


@dataclass(frozen=True)
class ImportedKey:
    """A row of the file."""

    line: int
    name: str
    value: str
    description: str = ""
    enabled: str = ""
    plan_ids: tuple[str, ...] = ()


def import_keys(session: Session, call: Call, body: bytes) -> tuple[list[str], list[str]]:
    """The ids of the keys that were made or overwritten, and the warnings.

    Raises `Invalid` for a file that is none, and `Exceeding`.
    """
    rows = list(read_rows(body))
    most = quotas.API_KEYS_PER_ACCOUNT_AND_REGION
    require_room(session, call, ApiKey, most, "API keys", adding=0)
    ids: list[str] = []
    warnings: list[str] = []
    for row in rows:
        try:
            with session.begin_nested():
                key = _import(session, call, row)
            ids.append(key.id)
        except Refused as refused:
            warnings.append(f"Line {row.line}: {refused}")
        if len(warnings) > MOST_WARNINGS:
            raise Invalid(f"More than {MOST_WARNINGS} warnings, the first: {warnings[0]}")
    require_room(session, call, ApiKey, most, "API keys", adding=0)
    return list(dict.fromkeys(ids)), warnings


def read_rows(body: bytes) -> Iterator[ImportedKey]:
    """The rows of a file. Raises `Invalid`."""
    if len(body) > quotas.IMPORT_BYTES:
        raise Invalid(f"The file has more than {quotas.IMPORT_BYTES} bytes")
    try:
        lines = body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Invalid("The file must be text in UTF-8") from None
    if len(lines) > quotas.IMPORTED_KEYS_AT_ONCE + 1:
        raise Invalid(f"The file has more than {quotas.IMPORTED_KEYS_AT_ONCE} keys")
    header = [name.strip().lower() for name in _cells(lines[0], 1)] if lines else []
    if not {"name", "key"} <= set(header):
        raise Invalid("The file must have the columns Name and Key")
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            yield _row(number, dict(zip(header, _cells(line, number), strict=False)))


def _row(number: int, cells: dict[str, str]) -> ImportedKey:
    text = {column: cells.get(column, "").strip() for column in COLUMNS}
    plan_ids = (each.strip() for each in text["usageplanids"].split(","))
    return ImportedKey(
        line=number,
        name=text["name"],
        value=text["key"],
        description=text["description"],
        enabled=text["enabled"],
        plan_ids=tuple(each for each in plan_ids if each),
    )


def _cells(line: str, number: int) -> list[str]:
    """ "[...] enclosed with a pair of double or single quotes": one of the two in each line."""
    quote = "'" if '"' not in line and "'" in line else '"'
    try:
        return next(csv.reader([line], quotechar=quote, strict=True), [])
    except csv.Error:
        raise Invalid(f"Line {number} holds no comma-separated values") from None


def _import(session: Session, call: Call, row: ImportedKey) -> ApiKey:
    key_values.require_value(row.value)
    enabled = _FLAGS.get(row.enabled.lower())
    if enabled is None:
        raise Invalid("Enabled must be TRUE or FALSE")
    given = {"name": row.name, "description": row.description, "enabled": enabled}
    require_storable(given)
    document = api_keys.document_of(session, call, given)
    fingerprint = key_values.fingerprint_of(call.kernel.sealer, row.value)
    key = session.scalar(select(ApiKey).where(ApiKey.fingerprint == fingerprint))
    if key is None:
        key = api_keys.new(session, call, row.value, fingerprint, document)
        session.add(key)
        session.flush()
    elif (key.account, key.region) != (call.account, call.region):
        raise Invalid("API Key already exists")
    else:
        key.document = {**key.document, **document}
        key.updated = call.kernel.clock.now()
    for plan_id in row.plan_ids:
        plan = find_plan(session, call, plan_id)
        if session.get(UsagePlanKey, (plan.id, key.id)) is None:
            plan_keys.add(session, call, plan, key.id, plan_keys.KEY_TYPE)
            session.flush()
    return key
