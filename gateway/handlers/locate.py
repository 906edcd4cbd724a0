"""Find the API and the stage that an address names."""

from __future__ import annotations

from dataclasses import replace

from gateway.context import Located, Received, Reply, Request
from gateway.header_rules import without_our_cookies
from gateway.replies import FORBIDDEN, NOT_FOUND
from gateway.routing_rules import routed


def locate(context: Received) -> Located | Reply:
    """The stage, or 404 where there is none: "If there's no $default stage, API Gateway returns
    {"message":"Not Found"} to the client" (API Gateway developer guide, "Routing API requests").
    REST APIs answer 403 `{"message":"Forbidden"}`, as recorded on AWS.
    """
    address = context.address
    if address.domain:
        address = routed(context.snapshot, address, context.request.headers)
    api = context.snapshot.apis.get(address.api_id)
    stage = api.stages.get(address.stage) if api and address.stage is not None else None
    if api is None or stage is None:
        return FORBIDDEN if api and api.protocol == "REST" else NOT_FOUND
    request = _without_our_cookies(context.request) if address.shares_origin else context.request
    return Located(request, address, context.snapshot, api, stage)


def _without_our_cookies(request: Request) -> Request:
    """The request of an API on the main host, where people sign in: neither its backends nor its
    templates and functions may see how."""
    cookies = request.headers.get("cookie")
    if cookies is None:
        return request
    kept = without_our_cookies(cookies)
    headers = {name: value for name, value in request.headers.items() if name != "cookie"}
    lines = [line for line in request.field_lines if not line.lower().startswith("cookie:")]
    if kept:
        headers["cookie"] = kept
        # Events show the fields as they came, where the server tells them.
        lines += [f"Cookie: {kept}"] if request.field_lines else []
    return replace(request, headers=headers, field_lines=tuple(lines))
