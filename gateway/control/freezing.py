"""A definition of an API, frozen: what a deployment is.

"A stage is a named reference to a deployment, which is a snapshot of the API" (API Gateway
developer guide).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.control.models import Api, Deployment
from gateway.control.repository import new_part_id
from kernel.aws.operations import Call


def freeze(
    session: Session,
    call: Call,
    api: Api,
    description: str,
    definition: dict[str, Any],
    *,
    automatic: bool = False,
) -> Deployment:
    """A deployment of a definition, which may be served."""
    latest = session.scalar(select(func.max(Deployment.ordinal)).where(Deployment.api_id == api.id))
    deployment = Deployment(
        api_id=api.id,
        id=new_part_id(session, Deployment, api, call.kernel.randomness),
        ordinal=(latest or 0) + 1,
        automatic=automatic,
        description=description,
        definition=definition,
        created=call.kernel.clock.now(),
    )
    session.add(deployment)
    session.flush()
    return deployment
