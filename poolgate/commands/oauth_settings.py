"""`poolgate pools oauth` and `poolgate clients oauth`: show a settings document, or replace it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from sqlalchemy.orm import Session

from idp.models import UserPoolClient
from idp.user_pools.services import oauth_settings, pools
from kernel.clock import Clock
from kernel.database import Database
from kernel.settings import Settings
from poolgate.commands import rotate_signing
from poolgate.commands.frame import Refused, json_of, on_database


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, settings, database))


def _act(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    unit = _client if arguments.command == "clients" else _pool
    document = json_of(arguments.file) if arguments.file else None
    work = database.read if document is None else database.write
    print(json.dumps(work(unit, arguments.subject, document), indent=2))
    if document is not None and unit is _pool:
        # A new algorithm has its key published now, so that it can sign the sooner.
        rotate_signing.follow_settings(settings, database, arguments.subject)
    return 0


def _client(session: Session, client_id: str, document: Any) -> dict[str, Any]:
    client = session.get(UserPoolClient, client_id)
    if client is None:
        raise Refused(f"There is no app client {client_id}.")
    if document is not None:
        oauth_settings.set_for_client(session, client.pool_id, client_id, document, Clock().now())
    return oauth_settings.of_client(session, client.pool_id, client_id)


def _pool(session: Session, pool_id: str, document: Any) -> dict[str, Any]:
    pools.present(session, pool_id)
    if document is not None:
        oauth_settings.set_for_pool(session, pool_id, document, Clock().now())
    return oauth_settings.of_pool(session, pool_id)
