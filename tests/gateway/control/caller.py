"""A caller of the control plane's handlers, and the kernel of real parts that it calls with.

Whatever is answered must have the shape of the service model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.control import FAMILIES
from gateway.control.errors import Refused
from kernel import settings
from kernel.aws.operations import Call, Handler
from kernel.clock import Clock
from kernel.database import Database
from kernel.functions.registry import Functions
from kernel.messaging.messenger import Messenger
from kernel.outbound import Outbound
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.shared_state.in_process import InProcess
from tests.servers import operations_seen
from tests.servers.output_shapes import require_output

HANDLERS: dict[tuple[str, str], Handler] = {
    (family.service, name): handler
    for family in FAMILIES
    for name, handler in family.handlers.items()
}
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """Calls operations as one account in one region: `caller("GetApi", ApiId=...)`."""

    kernel: Kernel
    account: str = "000000000000"
    region: str = "us-east-1"
    service: str = "apigatewayv2"

    def __call__(self, operation: str, **request: Any) -> Any:
        call = Call(
            kernel=self.kernel,
            service=self.service,
            operation=operation,
            account=self.account,
            region=self.region,
            request_id="request",
        )
        try:
            output = HANDLERS[self.service, operation](call, request)
        except Refused:
            operations_seen.note(self.service, operation, "error")
            raise
        require_output(self.service, operation, output or {})
        operations_seen.note(self.service, operation, "success")
        return output

    def elsewhere(self, **changes: Any) -> Caller:
        """The same control plane, called from another account or region."""
        return replace(self, **changes)

    @property
    def rest(self) -> Caller:
        """The same account's control plane of REST APIs."""
        return replace(self, service="apigateway")

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

    def create_function_authorizer(self, api_id: str, **members: Any) -> str:
        request = {
            "Name": "guard",
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": "arn:aws:lambda:us-east-1:000000000000:function:guard",
            "AuthorizerPayloadFormatVersion": "2.0",
            "IdentitySource": ["$request.header.Authorization"],
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
