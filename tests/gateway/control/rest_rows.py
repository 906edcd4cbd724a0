"""REST APIs as rows: what their control plane leaves behind, without calling it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gateway.control.models import Api, Deployment, Stage
from gateway.control.versions import advance
from kernel.database import Database
from tests.gateway.control.caller import NOON

ACCOUNT, REGION = "000000000000", "us-east-1"


def add_rest_api(
    database: Database,
    api_id: str = "rest1234567",
    *stages: str,
    account: str = ACCOUNT,
    api: Mapping[str, Any] | None = None,
    methods: Mapping[str, Mapping[str, Any]] | None = None,
) -> str:
    """A REST API whose stages (`prod`) serve `GET /pets`, which asks for an API key."""
    chosen = {"GET": {"apiKeyRequired": True}} if methods is None else methods
    served = {
        verb: {"methodIntegration": {"type": "MOCK"}, **method} for verb, method in chosen.items()
    }
    definition = {
        "api": {"name": "pets", **(api or {})},
        "resources": [{"id": "r1", "path": "/pets", "methods": served}],
        "authorizers": {},
        "validators": {},
        "models": {},
        "gatewayResponses": {},
    }

    def unit(session: Session) -> None:
        session.add(
            Api(
                id=api_id,
                account=account,
                region=REGION,
                protocol="REST",
                document={"name": "pets"},
                created=NOON,
            )
        )
        session.flush()
        session.add(
            Deployment(
                api_id=api_id,
                id="d1",
                ordinal=1,
                automatic=False,
                description="",
                definition=definition,
                created=NOON,
            )
        )
        for name in stages or ("prod",):
            session.add(
                Stage(
                    api_id=api_id,
                    id=name,
                    deployment_id="d1",
                    auto_deploy=False,
                    document={},
                    created=NOON,
                    updated=NOON,
                )
            )
        advance(session)

    database.write(unit)
    return api_id
