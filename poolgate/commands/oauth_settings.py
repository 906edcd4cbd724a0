"""`poolgate pools oauth` and `poolgate clients oauth`: show a settings document, or replace it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from idp.models import UserPool, UserPoolClient
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services import oauth_settings, pools
from kernel.clock import Clock
from kernel.settings import Settings
from poolgate import instance
from poolgate.commands import rotate_signing


class Refused(Exception):
    """A document that cannot be shown or stored; the text says why."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    database = instance.open_existing_database(settings)
    try:
        instance.require_current(database)
        unit = _client if arguments.command == "clients" else _pool
        document = _read(arguments.file) if arguments.file else None
        work = database.read if document is None else database.write
        print(json.dumps(work(unit, arguments.subject, document), indent=2))
        if document is not None and unit is _pool:
            # A new algorithm has its key published now, so that it can sign the sooner.
            rotate_signing.follow_settings(settings, database, arguments.subject)
        return 0
    except (Refused, WrongSetting) as refused:
        print(f"poolgate: {refused}", file=sys.stderr)
        return 1
    finally:
        instance.close_database(database)


def _client(session: Session, client_id: str, document: Any) -> dict[str, Any]:
    client = session.get(UserPoolClient, client_id)
    if client is None:
        raise Refused(f"There is no app client {client_id}.")
    if document is not None:
        oauth_settings.set_for_client(session, client.pool_id, client_id, document, Clock().now())
    return oauth_settings.of_client(session, client.pool_id, client_id)


def _pool(session: Session, pool_id: str, document: Any) -> dict[str, Any]:
    pool = session.get(UserPool, pool_id)
    if pool is None or pool.account == pools.NOBODYS:
        raise Refused(f"There is no user pool {pool_id}.")
    if document is not None:
        oauth_settings.set_for_pool(session, pool_id, document, Clock().now())
    return oauth_settings.of_pool(session, pool_id)


def _read(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text()
        return json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{name} cannot be read: {error}.") from None
    except (json.JSONDecodeError, RecursionError):
        raise Refused(f"{name} is not JSON.") from None
