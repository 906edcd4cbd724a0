"""App clients and their secrets."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import ClientNotFound, InvalidParameter
from idp.models import ClientSecret, UserPool, UserPoolClient
from idp.user_pools.services import client_settings, documents, quotas
from idp.user_pools.services.quick_reads import SealedSecret
from kernel.aws.operations import Call
from kernel.runtime import Kernel

log = structlog.get_logger("poolgate.clients")

ID_ALPHABET = string.ascii_lowercase + string.digits
ID_LENGTH = 26
SECRET_LENGTH = 51


def require(
    session: Session, pool: UserPool, client_id: str, *, to_change: bool = False
) -> UserPoolClient:
    """The pool's client. Raises `ClientNotFound`."""
    client = session.get(UserPoolClient, client_id, with_for_update=to_change)
    if client is None or client.pool_id != pool.id:
        raise ClientNotFound(client_id)
    return client


def create(
    session: Session, call: Call, pool: UserPool, request: Mapping[str, Any]
) -> UserPoolClient:
    if request.get("GenerateSecret") and request.get("ClientSecret"):
        raise InvalidParameter("You cannot specify both GenerateSecret and ClientSecret.")
    quotas.wait_for_turn(session, pool.id)
    present = select(UserPoolClient.id).where(UserPoolClient.pool_id == pool.id)
    quotas.check_room(session, call.kernel, "clients_per_user_pool", present)
    has_secret = bool(request.get("GenerateSecret") or request.get("ClientSecret"))
    now = call.kernel.clock.now()
    client = UserPoolClient(
        id=call.kernel.randomness.text(ID_LENGTH, ID_ALPHABET),
        pool_id=pool.id,
        name=request["ClientName"],
        settings=client_settings.make(session, pool, request, has_secret, "creating"),
        created=now,
        modified=now,
    )
    session.add(client)
    session.flush()
    _warn(client)
    if has_secret:
        secret = request.get("ClientSecret") or new_secret(call.kernel)
        add_secret(session, call.kernel, client.id, secret)
    return client


def update(
    session: Session, call: Call, pool: UserPool, request: Mapping[str, Any]
) -> UserPoolClient:
    """Replace the settings; what the request leaves out returns to its default, as in AWS."""
    client = require(session, pool, request["ClientId"])
    has_secret = bool(secret_rows(session, client.id))
    client.settings = client_settings.make(session, pool, request, has_secret, "updating")
    client.name = request.get("ClientName", client.name)
    client.modified = call.kernel.clock.now()
    _warn(client)
    return client


def _warn(client: UserPoolClient) -> None:
    """RFC 9700 §2.1.2: "clients SHOULD NOT use the implicit grant"."""
    if "implicit" in client.settings.get("AllowedOAuthFlows", ()):
        log.warning("client may use the implicit flow", client_id=client.id)


def page(
    session: Session, pool: UserPool, after: str, limit: int, kind: str | None = None
) -> Sequence[UserPoolClient]:
    """Clients of a ClientType in the order of their ids, one more than `limit` when there are
    more."""
    statement = (
        select(UserPoolClient)
        .where(UserPoolClient.pool_id == pool.id, UserPoolClient.id > after)
        .order_by(UserPoolClient.id)
        .limit(limit + 1)
    )
    registered = UserPoolClient.id.in_(documents.keys(pool.id, documents.CLIENT_REGISTRATION))
    if kind is not None:
        statement = statement.where(registered if kind == "DCR" else ~registered)
    return session.scalars(statement).all()


def is_registered(session: Session, client: UserPoolClient) -> bool:
    """Whether the client has registered itself (RFC 7591)."""
    kind = documents.CLIENT_REGISTRATION
    return documents.find(session, client.pool_id, kind, client.id) is not None


def describe(session: Session, kernel: Kernel, client: UserPoolClient) -> dict[str, Any]:
    """UserPoolClientType, with the newest secret of a confidential client."""
    secrets = open_secrets(session, kernel, client.id)
    return {
        **client.settings,
        **({"ClientSecret": secrets[-1]} if secrets else {}),
        "UserPoolId": client.pool_id,
        "ClientId": client.id,
        "ClientName": client.name,
        "ClientType": "DCR" if is_registered(session, client) else "REGULAR",
        "CreationDate": client.created,
        "LastModifiedDate": client.modified,
    }


def add_secret(session: Session, kernel: Kernel, client_id: str, secret: str) -> ClientSecret:
    now = kernel.clock.now()
    row_id = _secret_id(session, client_id, now)
    row = ClientSecret(
        id=row_id,
        client_id=client_id,
        sealed=kernel.sealer.seal(secret.encode(), f"client-secret:{row_id}"),
        created=now,
    )
    session.add(row)
    session.flush()
    return row


def new_secret(kernel: Kernel) -> str:
    return kernel.randomness.text(SECRET_LENGTH, ID_ALPHABET)


def secret_rows(session: Session, client_id: str) -> Sequence[ClientSecret]:
    """The secrets of a client, the newest last."""
    return session.scalars(
        select(ClientSecret)
        .where(ClientSecret.client_id == client_id)
        .order_by(ClientSecret.created, ClientSecret.id)
    ).all()


def open_secrets(session: Session, kernel: Kernel, client_id: str) -> list[str]:
    """The client's secrets in clear, the newest last; empty for a public client."""
    return open_sealed(kernel, secret_rows(session, client_id))


def open_sealed(kernel: Kernel, rows: Iterable[SealedSecret | ClientSecret]) -> list[str]:
    """Secrets in clear, from the rows that hold them."""
    return [kernel.sealer.open(row.sealed, f"client-secret:{row.id}").decode() for row in rows]


def _secret_id(session: Session, client_id: str, now: datetime) -> str:
    """ "This identifier follows the format <client-id>--<epoch-create-time>": here in ms."""
    moment = int(now.timestamp() * 1000)
    while session.get(ClientSecret, f"{client_id}--{moment}") is not None:
        moment += 1
    return f"{client_id}--{moment}"
