"""Which module integrates what: one entry for each kind of integration.

An integrator takes the context that its chain has reached and answers as any handler does. Those
of REST APIs take a `Mapped` one and answer with `Integrated`, or with `Forward` where nothing of
the reply is needed here; those of HTTP APIs take an `Identified` one and answer the client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.context import Handler, Identified, Mapped, Outcome, Steps
from gateway.integrations import (
    function_custom,
    function_proxy,
    http_api_proxy,
    mock,
    rest_http,
    service_http,
    service_rest,
)
from gateway.integrations.function_uri import is_function_uri
from gateway.replies import INTERNAL_SERVER_ERROR
from gateway.snapshot import (
    FunctionIntegration,
    HttpProxyIntegration,
    RestIntegration,
    ServiceIntegration,
)


def _integrate_aws(context: Mapped) -> Outcome | Steps:
    """A function, or any other service."""
    target = context.route.target
    if isinstance(target, RestIntegration) and not is_function_uri(target.uri):
        return service_rest.integrate(context)
    return function_custom.integrate(context)


BY_REST_TYPE: Mapping[str, Handler] = {
    "AWS": _integrate_aws,
    "AWS_PROXY": function_proxy.integrate_rest,
    "HTTP": rest_http.integrate_http,
    "HTTP_PROXY": rest_http.integrate_http_proxy,
    "MOCK": mock.integrate,
}
"""By the `type` of a REST API's integration."""


def _integrate_rest(context: Any) -> Outcome | Steps:
    integrator = BY_REST_TYPE.get(context.route.target.type)
    return INTERNAL_SERVER_ERROR if integrator is None else integrator(context)


BY_CLASS: Mapping[type, Handler] = {
    FunctionIntegration: function_proxy.integrate_http,
    HttpProxyIntegration: http_api_proxy.integrate,
    RestIntegration: _integrate_rest,
    ServiceIntegration: service_http.integrate,
}


def integrate(context: Identified) -> Outcome | Steps:
    """Pass a request to its route's integration."""
    integrator = BY_CLASS.get(type(context.route.target))
    return INTERNAL_SERVER_ERROR if integrator is None else integrator(context)
