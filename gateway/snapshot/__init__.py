"""What the gateway serves from: immutable values, compiled for each deployment and swapped whole.

The control plane compiles database rows into a `Snapshot`, the blueprint its Python arguments. A
request reads the snapshot once, at its start, so it never sees half of a change.
"""

from gateway.snapshot.authorizers import (
    Authorizer,
    ClaimRule,
    CognitoAuthorizer,
    FunctionAuthorizer,
    IamAuthorizer,
    JwtAuthorizer,
    TrustedIssuer,
    TrustedIssuersAuthorizer,
)
from gateway.snapshot.keys import ApiKey, PlanOfKey
from gateway.snapshot.rest import GatewayResponse, MethodResponse, RestMethod, RestSettings
from gateway.snapshot.routing import HeaderMatch, Routing, RoutingRule
from gateway.snapshot.settings import (
    NO_SETTINGS,
    AccessLog,
    Caching,
    Canary,
    MethodSettings,
    Throttle,
)
from gateway.snapshot.stages import (
    DEFAULT_STAGE,
    Api,
    ApiMapping,
    Cors,
    Route,
    Snapshot,
    SnapshotHolder,
    Stage,
)
from gateway.snapshot.targets import (
    FunctionIntegration,
    HttpProxyIntegration,
    Integration,
    IntegrationResponse,
    RestIntegration,
    ServiceIntegration,
    UpstreamGroup,
)
from gateway.snapshot.tls import DomainTls

__all__ = [
    "DEFAULT_STAGE",
    "NO_SETTINGS",
    "AccessLog",
    "Api",
    "ApiKey",
    "ApiMapping",
    "Authorizer",
    "Caching",
    "Canary",
    "ClaimRule",
    "CognitoAuthorizer",
    "Cors",
    "DomainTls",
    "FunctionAuthorizer",
    "FunctionIntegration",
    "GatewayResponse",
    "HeaderMatch",
    "HttpProxyIntegration",
    "IamAuthorizer",
    "Integration",
    "IntegrationResponse",
    "JwtAuthorizer",
    "MethodResponse",
    "MethodSettings",
    "PlanOfKey",
    "RestIntegration",
    "RestMethod",
    "RestSettings",
    "Route",
    "Routing",
    "RoutingRule",
    "ServiceIntegration",
    "Snapshot",
    "SnapshotHolder",
    "Stage",
    "Throttle",
    "TrustedIssuer",
    "TrustedIssuersAuthorizer",
    "UpstreamGroup",
]
