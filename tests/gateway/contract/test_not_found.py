"""Whatever is asked for and does not exist is answered with NotFoundException, in AWS's shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kernel.aws.contract import Operation
from tests.gateway.contract.conftest import Inhabited
from tests.gateway.contract.samples import minimal
from tests.gateway.contract.wire import OPERATIONS, is_served, name_of

NOWHERE = {
    "ResourceArn": "arn:aws:apigateway:us-east-1::/apis/zzzzzzzzzz",
    "httpMethod": "DELETE",
    "resourceArn": "arn:aws:apigateway:us-east-1::/restapis/zzzzzzzzzz",
    "responseType": "WAF_FILTERED",
    "statusCode": "599",
}
"""What names nothing, where a label takes no other text."""

NAMES_NO_ROW = {
    ("ExportApi", "Specification"): "it is one of a few words, refused where it is another",
    ("GetExport", "exportType"): "it is one of a few words, refused where it is another",
    ("GetSdk", "sdkType"): "it is one of a few words, refused where it is another",
    ("GetSdkType", "id"): "it is one of a few words, refused where it is another",
    ("GetGatewayResponse", "responseType"): "a response that nobody set has AWS's default",
    ("PutGatewayResponse", "responseType"): "it is made",
    ("UpdateGatewayResponse", "responseType"): "the default one is changed",
    ("PutIntegrationResponse", "statusCode"): "it is made",
    ("PutMethod", "httpMethod"): "it is made",
    ("PutMethodResponse", "statusCode"): "it is made",
    ("DeletePortal", "PortalId"): "its model has no NotFoundException: nothing is left to do",
}


def labels(operation: Operation) -> list[str]:
    members = operation.input.members.values() if operation.input else ()
    return [each.name for each in members if each.location == "uri"]


NAMING = [each for each in OPERATIONS if is_served(each) and labels(each)]


def asked(operation: Operation, names: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests in which one thing does not exist, and everything else does."""
    whole = minimal(operation, names)
    for label in labels(operation):
        if (operation.name, label) not in NAMES_NO_ROW:
            yield label, {**whole, label: NOWHERE.get(label, "zzzzzzzzzz")}


@pytest.mark.parametrize("operation", NAMING, ids=name_of)
def test_what_does_not_exist_is_not_found(disposable: Inhabited, operation: Operation) -> None:
    for label, request in asked(operation, disposable.world.names(operation)):
        answer = disposable.wire.send(operation, request)

        assert (label, answer.code) == (label, "NotFoundException"), answer.message
        assert answer.status == 404
