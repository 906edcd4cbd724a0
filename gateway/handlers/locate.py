"""Find the API and the stage that an address names."""

from __future__ import annotations

from gateway.context import Located, Received, Reply
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
    return Located(context.request, address, context.snapshot, api, stage)
