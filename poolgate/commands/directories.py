"""`poolgate pools directories`, `directory` and `directory-test`: LDAP as the source of people."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from federation.ldap import checking
from federation.ldap.directory import LdapDirectory
from idp.errors import DirectoryUnavailable
from idp.models import PoolDocument
from idp.user_pools.services import directory_users, documents, pools, user_directories
from idp.user_pools.services.user_directories import Directory, Person, Verdict
from kernel import sealing
from kernel.clock import Clock
from kernel.database import Database
from kernel.outbound import AddressGuard
from kernel.sealing import Sealer
from kernel.settings import Settings
from poolgate.commands.frame import Refused, json_of, on_database, text_of

FILES = {"bind_password_file": "bind_password", "ca_file": "ca"}
"""Members that name a file, and those whose value is read from it, once."""
SAYS = {
    Verdict.PROVED: "the password is right",
    Verdict.WRONG: "the password is wrong, or the account is locked",
    Verdict.MUST_CHANGE: "the password is right, and must be changed",
    Verdict.DISABLED: "the password is right, and the account is disabled",
}


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, settings, database))


def _act(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    if arguments.action == "directory-test":
        return _test(arguments, settings, database)
    if arguments.action == "directories":
        print(*database.read(_list), sep="\n")
    else:
        print(_directory(arguments, settings, database))
    return 0


def _list(session: Session) -> list[str]:
    rows = session.scalars(
        select(PoolDocument)
        .where(PoolDocument.kind == user_directories.KIND)
        .order_by(PoolDocument.pool_id)
    )
    return [
        f"{row.pool_id}  {row.document['mode']:<7}  {' '.join(row.document['urls'])}"
        for row in rows
    ]


def _directory(arguments: argparse.Namespace, settings: Settings, database: Database) -> str:
    pool_id = arguments.pool_id
    if arguments.remove:
        return database.write(_remove, pool_id)
    if arguments.file:
        document = _document(arguments.file)
        database.write(_put, sealing.load(settings), pool_id, document)
    return json.dumps(database.read(_show, pool_id), indent=2)


def _put(session: Session, sealer: Sealer, pool_id: str, document: Any) -> None:
    pool = pools.present(session, pool_id)
    checked = user_directories.put(session, sealer, pool, document, Clock().now())
    checking.check_filters(checked)


def _show(session: Session, pool_id: str) -> dict[str, Any]:
    pools.present(session, pool_id)
    return user_directories.show(session, pool_id) or {}


def _remove(session: Session, pool_id: str) -> str:
    """Nobody vouches any more for those whom it vouched for."""
    pools.present(session, pool_id)
    if user_directories.show(session, pool_id) is None:
        raise Refused(f"{pool_id} has no directory.")
    documents.remove(session, pool_id, user_directories.KIND, user_directories.KEY)
    number = directory_users.sign_all_out(session, pool_id, Clock().now())
    return f"{pool_id} has no directory any more; {number} people of it are signed out."


def _test(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    """A line for each server; 1 where one of them does not find the person."""
    database.read(pools.present, arguments.pool_id)
    directory = database.read(user_directories.find, arguments.pool_id)
    if directory is None:
        raise Refused(f"{arguments.pool_id} has no directory.")
    password = None
    if arguments.password_file:
        password = text_of(arguments.password_file).rstrip("\r\n")
    talk = LdapDirectory(AddressGuard(), sealing.load(settings), Clock().now)
    is_well = True
    for one in _single(directory):
        url = one.settings.urls[0]
        try:
            found, sentence = _ask(talk, one, arguments.username, password)
        except DirectoryUnavailable as error:
            found, sentence = False, error.reason
        is_well = is_well and found
        print(f"{url}: {sentence}")
    return 0 if is_well else 1


def _single(directory: Directory) -> Iterator[Directory]:
    for url in directory.settings.urls:
        yield replace(directory, settings=replace(directory.settings, urls=(url,)))


def _ask(
    talk: LdapDirectory, directory: Directory, username: str, password: str | None
) -> tuple[bool, str]:
    person = talk.find(directory, username)
    if person is None:
        return False, f"nobody, or not exactly one entry, is found as {username}."
    told = _told(person)
    if password is None:
        return True, f"{told}."
    proof = talk.prove(directory, username, password, lambda found: found is not None)
    return proof.verdict is Verdict.PROVED, f"{told}; {SAYS[proof.verdict]}."


def _told(person: Person) -> str:
    filled = ", ".join(sorted(name for name, value in person.attributes.items() if value))
    return (
        f"found {person.username} (id {person.id}){', disabled' if person.is_disabled else ''}; "
        f"attributes: {filled or 'none'}; groups: {', '.join(sorted(person.groups)) or 'none'}"
    )


def _document(name: str) -> Any:
    document = json_of(name)
    for member, target in FILES.items():
        if isinstance(document, dict) and member in document:
            if target in document:
                raise Refused(f"{member} cannot stand beside {target}.")
            text = text_of(document.pop(member))
            document[target] = text.rstrip("\r\n") if target == "bind_password" else text
    return document
