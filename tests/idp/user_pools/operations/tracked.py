"""Pools that track sessions, and what tests ask of them."""

from __future__ import annotations

from typing import Any

import jwt
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import PoolDocument
from tests.idp.user_pools.operations.world import AppClient, Pool


def track(pool: Pool, most: int = 20, tracking: str = "ENABLED") -> None:
    pool.call(
        "set_user_pool_session_configuration",
        UserSessionTracking=tracking,
        TokenSession={"MaxPerUser": most},
    )


def documents(session: Session, pool_id: str) -> list[str]:
    query = select(PoolDocument.kind).where(PoolDocument.pool_id == pool_id)
    return sorted(session.scalars(query))


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def sessions_of(client: AppClient, access_token: str) -> list[dict[str, Any]]:
    """What the person sees of his sessions."""
    answer = client.pool.world.public.list_user_sessions(AccessToken=access_token)
    sessions: list[dict[str, Any]] = answer["Sessions"]
    return sessions


def current(client: AppClient, access_token: str) -> dict[str, Any]:
    (session,) = [each for each in sessions_of(client, access_token) if each["IsCurrentSession"]]
    return session
