"""API keys from a file of comma-separated values ("API key file format", developer guide).

    Name,key,description,Enabled,usageplanIds
    MyFirstKey,apikey1234abcdefghij0123456789,An imported key,TRUE,"c7y23b,glvrsr"

"The same API key can be imported multiple times with the most recent version overwriting the
previous one." What a row asks for and cannot have is a warning; the other rows are imported.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account.importing import ImportedKey, Importing
from gateway.control.errors import Invalid, Refused
from kernel.aws.operations import Call

COLUMNS = ("name", "key", "description", "enabled", "usageplanids")
MOST_WARNINGS = 1000


def import_keys(session: Session, call: Call, body: bytes) -> tuple[list[str], list[str]]:
    """The ids of the keys that were made or overwritten, and the warnings.

    Raises `Invalid` for a file that is none, and `Exceeded`.
    """
    rows = list(read_rows(body))
    importing = Importing.of(session, call, rows)
    ids: list[str] = []
    warnings: list[str] = []
    for row in rows:
        try:
            ids.append(importing.add(row))
        except Refused as refused:
            warnings.append(f"Line {row.line}: {refused}")
        if len(warnings) > MOST_WARNINGS:
            raise Invalid(f"More than {MOST_WARNINGS} warnings, the first: {warnings[0]}")
    importing.store()
    return list(dict.fromkeys(ids)), warnings


def read_rows(body: bytes) -> Iterator[ImportedKey]:
    """The rows of a file. Raises `Invalid`."""
    if len(body) > quotas.IMPORTED_KEYS_BYTES:
        raise Invalid(f"The file has more than {quotas.IMPORTED_KEYS_BYTES} bytes")
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
