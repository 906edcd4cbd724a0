"""A kernel of real parts on its own SQLite file, and a caller of the control plane's handlers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gateway.control import FAMILIES
from gateway.control.refresher import Refresher
from gateway.snapshot import SnapshotHolder
from kernel import settings
from kernel.aws.operations import Call, Handler
from kernel.clock import Clock
from kernel.database import Base, Database
from kernel.functions.registry import Functions
from kernel.messaging.messenger import Messenger
from kernel.outbound import Outbound
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.shared_state.in_process import InProcess

HANDLERS: dict[str, Handler] = {
    name: handler for family in FAMILIES for name, handler in family.handlers.items()
}
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """Calls operations as one account in one region: `caller("GetApi", ApiId=...)`."""

    kernel: Kernel
    account: str = "000000000000"
    region: str = "us-east-1"

    def __call__(self, operation: str, **request: Any) -> Any:
        call = Call(
            kernel=self.kernel,
            service="apigatewayv2",
            operation=operation,
            account=self.account,
            region=self.region,
            request_id="request",
        )
        return HANDLERS[operation](call, request)

    def elsewhere(self, **changes: str) -> Caller:
        """The same control plane, called from another account or region."""
        return replace(self, **changes)

    def create_api(self, **members: Any) -> str:
        api: str = self("CreateApi", **{"Name": "pets", "ProtocolType": "HTTP", **members})["ApiId"]
        return api

    def create_integration(self, api_id: str, **members: Any) -> str:
        request = {
            "IntegrationType": "HTTP_PROXY",
            "IntegrationMethod": "ANY",
            "IntegrationUri": "https://backend.example/{proxy}",
            **members,
        }
        made: str = self("CreateIntegration", ApiId=api_id, **request)["IntegrationId"]
        return made

    def create_authorizer(self, api_id: str, **members: Any) -> str:
        request = {
            "Name": "people",
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["client"]},
            **members,
        }
        made: str = self("CreateAuthorizer", ApiId=api_id, **request)["AuthorizerId"]
        return made

    def create_route(self, api_id: str, key: str = "GET /pets", **members: Any) -> str:
        target = members.pop("Target", None) or f"integrations/{self.create_integration(api_id)}"
        request = {"RouteKey": key, "Target": target, **members}
        made: str = self("CreateRoute", ApiId=api_id, **request)["RouteId"]
        return made


def build_kernel(database: Database, folder: Path, **values: Any) -> Kernel:
    """A kernel on an existing database; time stands still at noon."""
    parsed = settings.parse({"instance": str(folder), **values})
    outbound = Outbound.from_settings(parsed)
    return Kernel(
        settings=parsed,
        database=database,
        sealer=Sealer({1: bytes(32)}, time=NOON.timestamp),
        shared_state=InProcess(),
        outbound=outbound,
        messenger=Messenger.from_settings(parsed, outbound),
        functions=Functions.from_settings(parsed, outbound),
        clock=Clock(time=NOON.timestamp),
    )


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    attached = Database.attach(Flask("control"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(attached.engine)
    yield attached
    attached.engine.dispose()


@pytest.fixture
def kernel(sqlite: Database, tmp_path: Path) -> Kernel:
    return build_kernel(sqlite, tmp_path)


@pytest.fixture
def caller(kernel: Kernel) -> Caller:
    return Caller(kernel)


@pytest.fixture
def served(kernel: Kernel) -> Iterator[SnapshotHolder]:
    """What a worker beside the caller serves."""
    holder = SnapshotHolder()
    refresher = Refresher(kernel.database, kernel.shared_state, holder)
    refresher.start()
    yield holder
    refresher.stop()
