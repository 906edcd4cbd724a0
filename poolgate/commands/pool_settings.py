"""`poolgate pools`: settings of user pools that AWS's operations have no member for."""

from __future__ import annotations

import argparse
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import LimitExceeded
from idp.models import User, UserPoolClient
from idp.user_pools.rules import auth_flows
from idp.user_pools.services import (
    client_registration,
    documents,
    imported_credentials,
    own_triggers,
    pools,
)
from idp.user_pools.services.credentials import Credential
from kernel.clock import Clock, Randomness
from kernel.database import Database
from kernel.functions.errors import FunctionNotFound
from kernel.functions.names import parse_function_name
from kernel.functions.sources import FunctionFiles, InstalledFunctions
from kernel.settings import Settings
from poolgate.commands.frame import Refused, on_database

MOST_HOURS = 24 * 90


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, settings, database))


def _act(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    if arguments.action == "list":
        lines = database.read(_list)
    elif arguments.action == "password-storage":
        lines = database.write(_set_storage, arguments.pool_id, arguments.storage)
    elif arguments.action == "trigger":
        wanted = (arguments.pool_id, arguments.trigger, arguments.function)
        lines = database.write(_set_trigger, *wanted)
        lines += _note_of_function(settings, arguments.function)
    elif arguments.action == "registration-token":
        lines = database.write(_make_token, arguments.pool_id, arguments.hours)
    else:
        lines = database.write(_forget_hashes, arguments.pool_id)
    print(*lines, sep="\n")
    return 0


def _list(session: Session) -> list[str]:
    return [f"{e.id}  {e.password_storage:<8}  {e.name}" for e in pools.all_present(session)]


def _set_storage(session: Session, pool_id: str, storage: str) -> list[str]:
    """Passwords cannot be turned from one form into the other, so the pool must be empty."""
    pool = pools.present(session, pool_id, to_change=True)
    if session.scalar(select(User.id).where(User.pool_id == pool_id).limit(1)):
        raise Refused(f"{pool_id} has users: their passwords cannot be converted.")
    for client in session.scalars(select(UserPoolClient).where(UserPoolClient.pool_id == pool_id)):
        by_verifier = auth_flows.needing_verifier(client.settings["ExplicitAuthFlows"])
        if storage == "argon2id" and by_verifier:
            raise Refused(
                f"Client {client.id} has {min(by_verifier)}, which allows USER_SRP_AUTH: that "
                "needs SRP verifiers."
            )
    pool.password_storage = storage
    return [f"{pool_id} keeps passwords as {storage} from now on."]


def _forget_hashes(session: Session, pool_id: str) -> list[str]:
    """Until then each password check of the pool costs what an imported hash costs."""
    pool = pools.present(session, pool_id, to_change=True)
    kind, key = imported_credentials.KIND, imported_credentials.KEY
    document = documents.find(session, pool_id, kind, key)
    if document is None:
        raise Refused(f"No password hashes were imported into {pool_id}.")
    hashes = select(User.password_hash).where(
        User.pool_id == pool_id, User.password_hash.is_not(None)
    )
    for hashed in session.scalars(hashes):
        if imported_credentials.is_imported(pool, Credential(hash=hashed)):
            raise Refused(f"{pool_id} has users with imported hashes.")
    session.delete(document)
    return [f"{pool_id} has no imported hashes any more."]


def _make_token(session: Session, pool_id: str, hours: int) -> list[str]:
    """Nothing but the token: it goes into another program."""
    pools.present(session, pool_id)
    if not 1 <= hours <= MOST_HOURS:
        raise Refused(f"--hours must be a number from 1 to {MOST_HOURS}.")
    try:
        token = client_registration.make_initial_token(
            session, Randomness(), pool_id, timedelta(hours=hours), Clock().now()
        )
    except LimitExceeded as error:
        raise Refused(error.message) from None
    return [token]


def _set_trigger(session: Session, pool_id: str, trigger: str, function: str) -> list[str]:
    pools.present(session, pool_id)
    if function == "none":
        documents.remove(session, pool_id, own_triggers.KIND, trigger)
        return [f"{pool_id} calls no function for {trigger} from now on."]
    try:
        parse_function_name(function)
    except FunctionNotFound:
        raise Refused(f"{function} is no function's name or ARN.") from None
    document = {"LambdaArn": function}
    documents.put(session, pool_id, own_triggers.KIND, trigger, document, Clock().now())
    return [f"{pool_id} calls {function} for {trigger} from now on."]


def _note_of_function(settings: Settings, function: str) -> list[str]:
    """It may be written later; a misspelt one would be missed when it is called only."""
    if function == "none" or settings.lambda_endpoint:
        return []
    name = parse_function_name(function)
    files = FunctionFiles(settings.instance / "functions")
    if files.find(name) or InstalledFunctions().find(name):
        return []
    return [f"Note: there is no such function yet: {files.folder / name.module}.py is missing."]
