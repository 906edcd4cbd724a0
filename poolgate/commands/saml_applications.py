"""`poolgate pools saml-applications` and `saml-keys`: a pool as a SAML identity provider."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from federation.saml_idp import applications, description, keys
from federation.saml_idp.application_metadata import UnusableMetadata
from federation.saml_idp.keys import Keys, Result, UnknownCertificate
from idp.user_pools.rules.key_rotation import Turn
from idp.user_pools.services import documents, pool_addresses, pools
from kernel import sealing
from kernel.clock import Clock
from kernel.database import Database
from kernel.settings import Settings
from poolgate.commands.frame import Refused, json_of, on_database, text_of


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, settings, database))


def _act(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    try:
        if arguments.action == "saml-keys":
            return _keys(arguments, settings, database)
        return _applications(arguments, settings, database)
    except UnusableMetadata as unusable:
        raise Refused(f"The metadata cannot be used. {unusable}") from None
    except UnknownCertificate as unknown:
        raise Refused(f"The pool has no certificate {unknown}.") from None


def _applications(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    if arguments.add is not None:
        return _add(arguments, settings, database)
    if arguments.remove is not None:
        database.write(_remove, arguments.pool_id, arguments.remove)
        print(f"{arguments.remove} is removed.")
    elif arguments.show is not None:
        document = database.read(_settings_of, arguments.pool_id, arguments.show)
        print(json.dumps(document, indent=2))
    else:
        print(*database.read(_list, arguments.pool_id), sep="\n")
    return 0


def _add(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    pool_id = arguments.pool_id
    document = json_of(arguments.settings) if arguments.settings else {}
    if arguments.client and isinstance(document, dict):
        document = {**document, "client_id": arguments.client}
    metadata = text_of(arguments.add)
    entity_id = database.write(_register, pool_id, metadata, document)
    # So that the certificates are there before anybody signs in.
    keys.carry_out(database, sealing.load(settings), Clock(), pool_id, Turn.WHEN_DUE)
    print(f"{entity_id} signs people of {pool_id} in.")
    print(f"Its identity provider is {description.entity_id(settings, pool_id)}.")
    base = database.look_up(pool_addresses.base_url, settings, pool_id, pool_id.partition("_")[0])
    place = description.path(pool_id, description.METADATA)
    print(f"The metadata for it is at {base}{place}." if base else "The pool has no domain yet.")
    if settings.public_url is None:
        print(
            f"That is for a server at {settings.origin}. Set public_url in poolgate.toml where "
            "flags of serve say another one: they are not known here."
        )
    return 0


def _register(session: Session, pool_id: str, metadata: str, document: Any) -> str:
    pool = pools.present(session, pool_id)
    return applications.register(session, pool, metadata, document, Clock()).entity_id


def _remove(session: Session, pool_id: str, entity_id: str) -> None:
    pools.present(session, pool_id)
    if not applications.remove(session, pool_id, entity_id):
        raise Refused(f"{pool_id} has no application {entity_id}.")


def _settings_of(session: Session, pool_id: str, entity_id: str) -> Any:
    pools.present(session, pool_id)
    row = documents.find(session, pool_id, applications.KIND, entity_id)
    if row is None:
        raise Refused(f"{pool_id} has no application {entity_id}.")
    return row.document[applications.SETTINGS]


def _list(session: Session, pool_id: str) -> list[str]:
    pools.present(session, pool_id)
    return applications.entity_ids(session, pool_id)


def _keys(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    """1 where nothing was rotated, since the next key has to wait."""
    turn = Turn.AT_ONCE if arguments.now else Turn.WHEN_DUE
    if arguments.rotate:
        turn = Turn.IF_READY
    sealer, clock = sealing.load(settings), Clock()
    pool_id, withdrawn = arguments.pool_id, arguments.withdraw
    done = keys.carry_out(database, sealer, clock, pool_id, turn, withdrawn)
    if done.keys is not None:
        print(*(_described(done, done.keys)), sep="\n")
    if arguments.rotate and not done.plan.turned:
        print(
            f"poolgate: Nothing was rotated: the next key can sign from {_moment(done.plan.ready)},"
            " when applications that fetch the metadata have it. --now, in place of --rotate, does "
            "not wait.",
            file=sys.stderr,
        )
        return 1
    return 0


def _described(done: Result, found: Keys) -> list[str]:
    signs, waits, *retiring = found.published
    return [
        f"{signs.id}  signs",
        f"{waits.id}  waits, can sign from {_moment(done.plan.ready)}",
        *(f"{e.id}  is published until {_moment(e.retires)}" for e in retiring if e.retires),
    ]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
