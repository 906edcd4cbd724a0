"""What is configured beside an app client's settings goes with the client."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.user_pools.services import managed_login, terms, ui_customization


def forget(session: Session, pool_id: str, client_id: str) -> None:
    """Delete the documents of a client, in the unit that deletes the client."""
    ui_customization.remove(session, pool_id, client_id)
    managed_login.forget_client(session, pool_id, client_id)
    terms.forget_client(session, pool_id, client_id)
