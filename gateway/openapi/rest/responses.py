"""The responses of an operation, as method responses."""

from __future__ import annotations

import re

from gateway.openapi.node import Node
from gateway.openapi.rest.requests import response_models
from gateway.openapi.rest.schemas import Schemas
from gateway.openapi.rest.values import Members
from gateway.openapi.versions import Version

_STATUS = re.compile(r"[1-5][0-9]{2}")


def method_responses(
    document: Node, operation: Node, schemas: Schemas, version: Version
) -> dict[str, Members]:
    """PutMethodResponse's members by status."""
    responses: dict[str, Members] = {}
    for status, node in operation.members("responses"):
        if status.startswith("x-"):
            continue
        if not _STATUS.fullmatch(status):
            node.warn("method responses have a status of three digits: it is left out")
            continue
        response = node.resolved()
        if not isinstance(response.value, dict):
            response.fault("a response must be an object")
            continue
        responses[status] = _members(document, operation, response, schemas, version)
    return responses


def _members(
    document: Node, operation: Node, response: Node, schemas: Schemas, version: Version
) -> Members:
    members: Members = {}
    headers = {
        f"method.response.header.{name}": header.resolved().flag("required")
        for name, header in response.members("headers")
    }
    models = response_models(document, operation, response, schemas, version)
    if headers:
        members["responseParameters"] = headers
    if models:
        members["responseModels"] = models
    return members
