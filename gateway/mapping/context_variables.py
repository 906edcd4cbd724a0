"""`$context`: what templates, mappings, gateway responses and access logs can say of a request.

The names are those of the API Gateway developer guide ("Variables for data transformations" of
REST APIs, "Customize HTTP API access logs"). Values are text, or numbers and flags where an
authorizer gave such. A variable without a value is None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from gateway.addresses import hostname
from gateway.context import Identified, Located, Received, Routed
from gateway.events.claims import as_text
from gateway.mapping.wire_text import text_of
from gateway.rest.request_ids import request_id_of
from gateway.tracing import is_traced, root_of
from kernel.tls.connection import ClientCertificate

Reader = Callable[[Received], Any]
CLAIMS = "authorizer.claims."
AUTHORIZER = "authorizer."


def variable(context: Received, name: str) -> Any:
    """The variable of a dotted name such as `identity.sourceIp`; None where there is none."""
    reader = READERS.get(name)
    if reader is not None:
        return reader(context)
    if name.startswith(CLAIMS):
        return as_text(_claims(context)).get(name.removeprefix(CLAIMS))
    if name.startswith(AUTHORIZER):
        return _authorizer(context).get(name.removeprefix(AUTHORIZER))
    return None


def variables_tree(context: Received) -> dict[str, Any]:
    """All variables, nested as templates walk them: `{"identity": {"sourceIp": ...}}`.

    The tree is the caller's own, down to its leaves: templates may write into it, and the claims of
    a verified token are remembered for every API.
    """
    tree: dict[str, Any] = {"authorizer": deepcopy(_authorizer(context))}
    for name, reader in READERS.items():
        value = reader(context)
        if value is not None:
            _put(tree, name, value)
    return tree


def _put(tree: dict[str, Any], name: str, value: Any) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[last] = value


def _authorizer(context: Received) -> dict[str, Any]:
    """What the authorizer said. Claims are text, as AWS writes them into `$context`."""
    if not isinstance(context, Identified):
        return {}
    caller, claims = context.caller, _claims(context)
    said: dict[str, Any] = {**caller.context}
    if caller.latency is not None:
        said["integrationLatency"] = round(caller.latency * 1000)
    if caller.request_id:
        said.setdefault("requestId", caller.request_id)
    if claims:
        said["claims"] = as_text(claims)
    if caller.principal_id:
        said["principalId"] = caller.principal_id
    return said


def _claims(context: Received) -> Mapping[str, Any]:
    return context.claims if isinstance(context, Identified) else {}


def moment_text(moment: float) -> str:
    """A time as access logs write it (CLF)."""
    return datetime.fromtimestamp(moment, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def _is_rest(context: Received) -> bool:
    return isinstance(context, Located) and context.api.protocol == "REST"


def _request_id(context: Received) -> str:
    return request_id_of(context.request.id) if _is_rest(context) else context.request.id


def _path(context: Received) -> str:
    return context.client_path if isinstance(context, Located) else context.address.path


def _is_canary(context: Located) -> str | None:
    chosen = context.is_canary_request
    return None if chosen is None else str(chosen).lower()


def _located(read: Callable[[Located], Any]) -> Reader:
    return lambda context: read(context) if isinstance(context, Located) else None


def _routed(read: Callable[[Routed], Any]) -> Reader:
    return lambda context: read(context) if isinstance(context, Routed) else None


def _identified(read: Callable[[Identified], Any]) -> Reader:
    return lambda context: (read(context) or None) if isinstance(context, Identified) else None


def _header(name: str) -> Reader:
    def read(context: Received) -> str | None:
        value = context.request.headers.get(name)
        return None if value is None else text_of(value)

    return read


def _certificate(read: Callable[[ClientCertificate], str]) -> Reader:
    def of(context: Received) -> str | None:
        certificate = context.request.client_certificate
        return None if certificate is None else read(certificate)

    return of


READERS: dict[str, Reader] = {
    "accountId": _located(lambda c: c.api.account or None),
    "apiId": lambda c: c.address.api_id or None,
    "deploymentId": _located(lambda c: c.stage.deployment_id or None),
    "customDomain.basePathMatched": lambda c: text_of(c.address.base_path) or None,
    "domainName": lambda c: text_of(hostname(c.request.host)),
    "domainPrefix": lambda c: text_of(hostname(c.request.host)).partition(".")[0],
    "extendedRequestId": lambda c: c.request.id,
    "httpMethod": lambda c: c.request.method,
    "identity.accountId": _identified(lambda c: c.caller.account),
    "identity.accessKey": _identified(lambda c: c.caller.access_key),
    "identity.apiKey": _identified(
        lambda c: c.key and (c.caller.usage_key or c.request.headers.get("x-api-key"))
    ),
    "identity.apiKeyId": _identified(lambda c: c.key and c.key.id),
    "identity.caller": _identified(lambda c: c.caller.user),
    "identity.clientCert.clientCertPem": _certificate(lambda c: c.pem),
    "identity.clientCert.issuerDN": _certificate(lambda c: c.issuer),
    "identity.clientCert.serialNumber": _certificate(lambda c: c.serial_number),
    "identity.clientCert.subjectDN": _certificate(lambda c: c.subject),
    "identity.clientCert.validity.notAfter": _certificate(lambda c: c.not_after),
    "identity.clientCert.validity.notBefore": _certificate(lambda c: c.not_before),
    "identity.sourceIp": lambda c: c.request.client_address or None,
    "identity.user": _identified(lambda c: c.caller.user),
    "identity.userAgent": _header("user-agent"),
    "identity.userArn": _identified(lambda c: c.caller.arn),
    "isCanaryRequest": _located(_is_canary),
    "path": lambda c: text_of(_path(c)),
    "protocol": lambda c: c.request.protocol,
    "requestId": _request_id,
    "requestTime": lambda c: moment_text(c.request.received_at),
    "requestTimeEpoch": lambda c: round(c.request.received_at * 1000),
    "resourceId": _routed(lambda c: c.route.rest and c.route.rest.resource_id),
    "resourcePath": _routed(lambda c: c.route.rest and c.route.key.partition(" ")[2]),
    "routeKey": _routed(lambda c: c.route.key),
    "stage": _located(lambda c: c.stage.name),
    "xrayTraceId": lambda c: root_of(c.request) if is_traced(c) else None,
}
