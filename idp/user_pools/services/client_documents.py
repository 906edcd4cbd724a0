"""What is configured beside an app client's settings goes with the client."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from idp.models import UserPoolClient
from idp.user_pools.services import (
    documents,
    magic_links,
    managed_login,
    oauth_settings,
    revocation,
    session_settings,
    terms,
    ui_customization,
)
from idp.user_pools.services.threats import configuration


def forget(session: Session, client: UserPoolClient) -> None:
    """Delete the documents of a client, in the unit that deletes the client."""
    pool_id, client_id = client.pool_id, client.id
    ui_customization.remove(session, pool_id, client_id)
    managed_login.forget_client(session, pool_id, client_id)
    terms.forget_client(session, pool_id, client_id)
    session_settings.forget_client(session, pool_id, client_id)
    configuration.forget_client(session, pool_id, client_id)
    magic_links.forget_client(session, pool_id, client_id)
    oauth_settings.forget_client(session, pool_id, client_id)
    documents.remove(session, pool_id, documents.CLIENT_REGISTRATION, client_id)
    documents.remove(session, pool_id, documents.OPEN_REGISTRATION, client_id)


def delete_client(session: Session, client: UserPoolClient, now: datetime) -> None:
    """Delete a client and its documents. The sign-ins through it end; the caller announces that
    once the unit has committed (`revocation.announce`)."""
    revocation.revoke_client(session, client.id, now)
    forget(session, client)
    session.delete(client)
