"""`poolgate clients`: settings of app clients that AWS's operations have no member for."""

from __future__ import annotations

import argparse

from sqlalchemy.orm import Session

from idp.models import UserPoolClient
from idp.user_pools.services import magic_links
from kernel.clock import Clock
from kernel.database import Database
from kernel.settings import Settings
from poolgate.commands.frame import Refused, on_database


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, database))


def _act(arguments: argparse.Namespace, database: Database) -> int:
    client_id = arguments.client_id
    if arguments.action == "magic-links":
        lines = database.write(_set_magic_links, client_id, arguments.links == "on")
    else:
        lines = database.write(_set_pkce, client_id, arguments.pkce == "required")
    print(*lines, sep="\n")
    return 0


def _client(session: Session, client_id: str) -> UserPoolClient:
    client = session.get(UserPoolClient, client_id)
    if client is None:
        raise Refused(f"There is no app client {client_id}.")
    return client


def _set_pkce(session: Session, client_id: str, required: bool) -> list[str]:
    client = _client(session, client_id)
    client.requires_pkce = required
    word = "must" if required else "need not"
    return [f"{client_id} {word} send a code challenge; one that is sent is always checked."]


def _set_magic_links(session: Session, client_id: str, sent: bool) -> list[str]:
    client = _client(session, client_id)
    magic_links.set_for(session, client, sent=sent, now=Clock().now())
    word = "offer" if sent else "do not offer"
    return [f"The hosted pages of {client_id} {word} sign-in links; EMAIL_OTP must be allowed."]
