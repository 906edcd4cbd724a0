"""An account in which there are two of everything, so that every operation finds something."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from kernel.aws.contract import Operation
from tests.gateway.contract.wire import ACCOUNT, REGION, Wire
from tests.gateway.control.portals.conftest import PORTAL

FUNCTION = (
    f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/"
    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:chat/invocations"
)
SCHEMA = '{"type": "object", "properties": {"name": {"type": "string"}}}'
MORE = [{"op": "replace", "path": "/remaining", "value": "200"}]
PARAMETER = "route.request.querystring.room"
WEBSOCKET_WORDS = ("Model", "RouteResponse", "IntegrationResponse", "RouteRequestParameter")


@dataclass
class World:
    """Valid values of labels, by service and name; those of WebSocket APIs apart."""

    rest: dict[str, Any] = field(default_factory=dict)
    http: dict[str, Any] = field(default_factory=dict)
    websocket: dict[str, Any] = field(default_factory=dict)

    def labels(self, operation: Operation) -> dict[str, Any]:
        """What names things that exist, in the requests of an operation."""
        if operation.service.name == "apigateway":
            return self.rest
        is_websocket = any(word in operation.name for word in WEBSOCKET_WORDS)
        return {**self.http, **(self.websocket if is_websocket else {})}

    def names(self, operation: Operation) -> dict[str, Any]:
        """Those of the labels that the operation's request takes."""
        known = self.labels(operation)
        members = operation.input.members if operation.input else {}
        return {name: known[name] for name in members if name in known}


def build(wire: Wire) -> World:
    """Make two of everything."""
    world = World()
    _rest_api(wire, world.rest)
    _release(wire, world.rest)
    _rest_account(wire, world.rest)
    _http_api(wire, world.http)
    _http_account(wire, world.http, world.rest)
    _websocket_api(wire, world.websocket)
    _portals(wire, world.http, world.rest)
    return world


def _rest_api(wire: Wire, rest: dict[str, Any]) -> None:
    def make(name: str, /, **members: Any) -> dict[str, Any]:
        return wire("apigateway", name, **members)

    make("CreateRestApi", name="other")
    api = make("CreateRestApi", name="pets", tags={"team": "pets"})["id"]
    root = make("GetResources", restApiId=api)["items"][0]["id"]
    pets = make("CreateResource", restApiId=api, parentId=root, pathPart="pets")["id"]
    for name in ("Pet", "Other"):
        make(
            "CreateModel",
            restApiId=api,
            name=name,
            contentType="application/json",
            schema=SCHEMA,
            description="d",
        )
    for name in ("all", "some"):
        make("CreateRequestValidator", restApiId=api, name=name, validateRequestBody=True)
        make(
            "CreateAuthorizer",
            restApiId=api,
            name=name,
            type="TOKEN",
            authorizerUri=FUNCTION,
            identitySource="method.request.header.Authorization",
        )
    method = {"restApiId": api, "resourceId": pets, "httpMethod": "GET"}
    make("PutMethod", **method, authorizationType="NONE", requestModels={"application/json": "Pet"})
    make("PutIntegration", **method, type="MOCK", requestTemplates={"a/b": "{}"})
    make(
        "PutMethodResponse",
        **method,
        statusCode="200",
        responseParameters={"method.response.header.x": True},
    )
    make("PutIntegrationResponse", **method, statusCode="200", responseTemplates={"a/b": "x"})
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        make("PutGatewayResponse", restApiId=api, responseType=kind, statusCode="400")
    for kind in ("API", "MODEL"):
        location = {"type": kind, **({"name": "Pet"} if kind == "MODEL" else {})}
        make("CreateDocumentationPart", restApiId=api, location=location, properties="{}")
    for version in ("1", "2"):
        make("CreateDocumentationVersion", restApiId=api, documentationVersion=version)
    rest |= {
        **method,
        "statusCode": "200",
        "parentId": root,
        "modelName": "Pet",
        "requestValidatorId": make("GetRequestValidators", restApiId=api)["items"][0]["id"],
        "authorizerId": make("GetAuthorizers", restApiId=api)["items"][0]["id"],
        "responseType": "DEFAULT_4XX",
        "documentationPartId": make("GetDocumentationParts", restApiId=api)["items"][0]["id"],
        "documentationVersion": "1",
        "exportType": "oas30",
        "sdkType": "javascript",
        "id": "javascript",
        "resourceArn": f"arn:aws:apigateway:{REGION}::/restapis/{api}",
    }


def _release(wire: Wire, rest: dict[str, Any]) -> None:
    api = rest["restApiId"]
    deployments = [wire("apigateway", "CreateDeployment", restApiId=api)["id"] for _ in range(2)]
    for stage, deployment in zip(("live", "next"), deployments, strict=True):
        wire(
            "apigateway",
            "CreateStage",
            restApiId=api,
            stageName=stage,
            deploymentId=deployment,
            variables={"a": "b"},
        )
    rest |= {"deploymentId": deployments[0], "stageName": "live"}


def _rest_account(wire: Wire, rest: dict[str, Any]) -> None:
    def make(name: str, /, **members: Any) -> dict[str, Any]:
        return wire("apigateway", name, **members)

    stages = [{"apiId": rest["restApiId"], "stage": rest["stageName"]}]
    quota = {"limit": 100, "period": "DAY"}
    plans = [
        make("CreateUsagePlan", name=name, apiStages=stages, quota=quota)["id"]
        for name in ("a", "b")
    ]
    keys = [make("CreateApiKey", name=name, enabled=True)["id"] for name in ("a", "b")]
    for key in keys:
        make("CreateUsagePlanKey", usagePlanId=plans[0], keyId=key, keyType="API_KEY")
        make("UpdateUsage", usagePlanId=plans[0], keyId=key, patchOperations=MORE)
    certificates = [make("GenerateClientCertificate")["clientCertificateId"] for _ in range(2)]
    links = [
        make("CreateVpcLink", name=name, targetArns=["http://10.0.0.5:8080"])["id"]
        for name in ("a", "b")
    ]
    for host in ("a.example.com", "b.example.com"):
        make(
            "CreateDomainName",
            domainName=host,
            endpointConfiguration={"types": ["REGIONAL"]},
        )
    for path in ("v1", "v2"):
        make(
            "CreateBasePathMapping",
            domainName="a.example.com",
            basePath=path,
            restApiId=rest["restApiId"],
            stage="live",
        )
    rest |= {
        "usagePlanId": plans[0],
        "apiKey": keys[0],
        "keyId": keys[0],
        "clientCertificateId": certificates[0],
        "vpcLinkId": links[0],
        "domainName": "a.example.com",
        "basePath": "v1",
        "domainNameAccessAssociationArn": f"arn:aws:apigateway:{REGION}:{ACCOUNT}:/x/y",
    }


def _http_api(wire: Wire, http: dict[str, Any]) -> None:
    def make(name: str, /, **members: Any) -> dict[str, Any]:
        return wire("apigatewayv2", name, **members)

    make("CreateApi", Name="other", ProtocolType="HTTP", Target="https://backend.example")
    api = make(
        "CreateApi",
        Name="pets",
        ProtocolType="HTTP",
        CorsConfiguration={"AllowOrigins": ["https://a.example"], "MaxAge": 1},
        Tags={"team": "pets"},
    )["ApiId"]
    integrations = [
        make(
            "CreateIntegration",
            ApiId=api,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri="https://backend.example",
            PayloadFormatVersion="1.0",
        )["IntegrationId"]
        for _ in range(3)
    ]
    authorizers = [
        make(
            "CreateAuthorizer",
            ApiId=api,
            Name=name,
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": "https://issuer.example", "Audience": ["client"]},
        )["AuthorizerId"]
        for name in ("people", "others", "unused")
    ]
    routes = [
        make(
            "CreateRoute",
            ApiId=api,
            RouteKey=key,
            Target=f"integrations/{integrations[0]}",
            AuthorizationType="JWT",
            AuthorizerId=authorizers[0],
        )["RouteId"]
        for key in ("GET /pets", "POST /pets")
    ]
    deployments = [make("CreateDeployment", ApiId=api)["DeploymentId"] for _ in range(2)]
    for stage in ("live", "next"):
        make(
            "CreateStage",
            ApiId=api,
            StageName=stage,
            DeploymentId=deployments[0],
            RouteSettings={"GET /pets": {"ThrottlingRateLimit": 5.0}},
            AccessLogSettings={
                "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:a",
                "Format": "$context.requestId",
            },
        )
    http |= {
        "ApiId": api,
        "IntegrationId": integrations[2],
        "AuthorizerId": authorizers[2],
        "RouteId": routes[0],
        "RouteKey": "GET /pets",
        "DeploymentId": deployments[1],
        "StageName": "live",
        "Specification": "OAS30",
        "ResourceArn": f"arn:aws:apigateway:{REGION}::/apis/{api}",
    }


def _http_account(wire: Wire, http: dict[str, Any], rest: dict[str, Any]) -> None:
    def make(name: str, /, **members: Any) -> dict[str, Any]:
        return wire("apigatewayv2", name, **members)

    links = [make("CreateVpcLink", Name=name, SubnetIds=["subnet-1"])["VpcLinkId"] for name in "ab"]
    for host in ("c.example.com", "d.example.com"):
        make(
            "CreateDomainName",
            DomainName=host,
            RoutingMode="ROUTING_RULE_THEN_API_MAPPING",
        )
    mappings = [
        make(
            "CreateApiMapping",
            DomainName="c.example.com",
            ApiId=http["ApiId"],
            Stage="live",
            ApiMappingKey=key,
        )["ApiMappingId"]
        for key in ("v1", "v2")
    ]
    invoke = {"ApiId": rest["restApiId"], "Stage": "live"}
    rules = [
        make(
            "CreateRoutingRule",
            DomainName="c.example.com",
            Priority=priority,
            Conditions=[{"MatchBasePaths": {"AnyOf": [f"p{priority}"]}}],
            Actions=[{"InvokeApi": invoke}],
        )["RoutingRuleId"]
        for priority in (1, 2)
    ]
    http |= {
        "VpcLinkId": links[0],
        "DomainName": "c.example.com",
        "ApiMappingId": mappings[0],
        "RoutingRuleId": rules[0],
    }


def _websocket_api(wire: Wire, websocket: dict[str, Any]) -> None:
    def make(name: str, /, **members: Any) -> dict[str, Any]:
        return wire("apigatewayv2", name, **members)

    api = make(
        "CreateApi",
        Name="chat",
        ProtocolType="WEBSOCKET",
        RouteSelectionExpression="$request.body.action",
    )["ApiId"]
    models = [
        make("CreateModel", ApiId=api, Name=name, Schema=SCHEMA, Description="d")["ModelId"]
        for name in ("Message", "Other")
    ]
    integration = make("CreateIntegration", ApiId=api, IntegrationType="MOCK")["IntegrationId"]
    route = make(
        "CreateRoute",
        ApiId=api,
        RouteKey="$connect",
        RequestParameters={PARAMETER: {"Required": True}},
        RequestModels={"$default": "Other"},
        ModelSelectionExpression="$request.body.kind",
        Target=f"integrations/{integration}",
    )["RouteId"]
    route_response = make(
        "CreateRouteResponse", ApiId=api, RouteId=route, RouteResponseKey="$default"
    )["RouteResponseId"]
    responses = [
        make(
            "CreateIntegrationResponse",
            ApiId=api,
            IntegrationId=integration,
            IntegrationResponseKey=key,
            ResponseTemplates={"$default": "x"},
        )["IntegrationResponseId"]
        for key in ("$default", "/2\\d\\d/")
    ]
    websocket |= {
        "ApiId": api,
        "ModelId": models[0],
        "IntegrationId": integration,
        "RouteId": route,
        "RouteResponseId": route_response,
        "IntegrationResponseId": responses[0],
        "RequestParameterKey": PARAMETER,
    }


def _portals(wire: Wire, http: dict[str, Any], rest: dict[str, Any]) -> None:
    def make(name: str, /, **members: Any) -> dict[str, Any]:
        return wire("apigatewayv2", name, **members)

    portals = [make("CreatePortal", **PORTAL)["PortalId"] for _ in range(2)]
    make("PublishPortal", PortalId=portals[0])
    make("PreviewPortal", PortalId=portals[0])
    products = [make("CreatePortalProduct", DisplayName=name)["PortalProductId"] for name in "ab"]
    named = {"PortalProductId": products[0]}
    make(
        "PutPortalProductSharingPolicy",
        **named,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
    )
    content = {"Title": "Welcome", "Body": "x"}
    pages = [
        make("CreateProductPage", **named, DisplayContent=content)["ProductPageId"]
        for _ in range(2)
    ]
    parts = {
        "RestApiId": rest["restApiId"],
        "Stage": "live",
        "Method": "GET",
        "Path": "/pets",
    }
    endpoints = [
        make(
            "CreateProductRestEndpointPage",
            **named,
            RestEndpointIdentifier={"IdentifierParts": parts},
        )["ProductRestEndpointPageId"]
        for _ in range(2)
    ]
    http |= {
        "PortalId": portals[0],
        **named,
        "ProductPageId": pages[0],
        "ProductRestEndpointPageId": endpoints[0],
    }
