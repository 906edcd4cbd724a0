"""`poolgate pools scim-token`, `scim-tokens` and `revoke-scim-token`: who may provision users."""

from __future__ import annotations

import argparse
from datetime import timedelta

from sqlalchemy.orm import Session

from idp.errors import LimitExceeded
from idp.user_pools.services import pools, scim_tokens
from kernel.clock import Clock, Randomness
from kernel.database import Database
from kernel.settings import Settings
from poolgate.commands.frame import Refused, on_database

MOST_DAYS = 3650
LONGEST_NAME = 100


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, database))


def _act(arguments: argparse.Namespace, database: Database) -> int:
    if arguments.action == "scim-token":
        lines = database.write(_make, arguments.pool_id, arguments.name, arguments.days)
    elif arguments.action == "scim-tokens":
        lines = database.read(_list, arguments.pool_id)
    else:
        lines = database.write(_revoke, arguments.pool_id, arguments.token_id)
    print(*lines, sep="\n")
    return 0


def _make(session: Session, pool_id: str, name: str, days: int) -> list[str]:
    """Nothing but the token: it goes into another program."""
    pools.present(session, pool_id)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"--days must be a number from 1 to {MOST_DAYS}.")
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(f"--name must be a text of at most {LONGEST_NAME} characters.")
    lifetime = timedelta(days=days)
    try:
        token = scim_tokens.make(session, Randomness(), pool_id, name, lifetime, Clock().now())
    except LimitExceeded as error:
        raise Refused(error.message) from None
    return [token]


def _list(session: Session, pool_id: str) -> list[str]:
    pools.present(session, pool_id)
    now = Clock().now()
    return [
        f"{each.id}  until {each.expires:%Y-%m-%d}{'' if each.expires > now else ' (expired)'}"
        f"  {each.name}"
        for each in scim_tokens.listed(session, pool_id)
    ]


def _revoke(session: Session, pool_id: str, token_id: str) -> list[str]:
    pools.present(session, pool_id)
    if not scim_tokens.revoke(session, pool_id, token_id):
        raise Refused(f"{pool_id} has no SCIM token {token_id}.")
    return [f"{token_id} is good for nothing from now on."]
