"""Each of the 227 operations is served. What makes no sense on a server of one's own is listed here
with the reason, and answers as AWS does where a feature is off."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.aws.contract import Operation, service
from tests.gateway.contract.conftest import Inhabited
from tests.gateway.contract.samples import minimal
from tests.gateway.contract.wire import OPERATIONS, is_served

NO_VPC = "there is no VPC, so no domain name is private"
UNAVAILABLE = {
    "CreateDomainNameAccessAssociation": ("BadRequestException", NO_VPC),
    "DeleteDomainNameAccessAssociation": ("NotFoundException", NO_VPC),
    "RejectDomainNameAccessAssociation": ("NotFoundException", NO_VPC),
}
"""Operations that never succeed: what they answer, and why."""

TURNED_OFF: dict[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("apigateway", "CreateRestApi"): (
        {"name": "x", "endpointConfiguration": {"types": ["PRIVATE"]}},
        "there are no VPC endpoints",
    ),
    ("apigateway", "CreateDomainName"): (
        {"domainName": "x.example.com", "endpointConfiguration": {"types": ["PRIVATE"]}},
        "there is no VPC",
    ),
    ("apigateway", "UpdateStage"): (
        {"patchOperations": [{"op": "replace", "path": "/webAclArn", "value": "arn"}]},
        "there is no web application firewall",
    ),
}
"""Settings of something that is not here: what is asked, and why it is refused."""


def test_there_are_as_many_operations_as_the_models_have() -> None:
    assert len(OPERATIONS) == 124 + 103


def test_every_operation_is_served() -> None:
    assert [each.name for each in OPERATIONS if not is_served(each)] == []


def operation(service_name: str, name: str) -> Operation:
    found = service(service_name).operation(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", UNAVAILABLE)
def test_what_is_unavailable_says_so(inhabited: Inhabited, name: str) -> None:
    asked = operation("apigateway", name)

    answer = inhabited.wire.send(asked, minimal(asked, inhabited.world.names(asked)))

    assert answer.code == UNAVAILABLE[name][0], answer


@pytest.mark.parametrize("named", TURNED_OFF, ids="-".join)
def test_settings_of_what_is_not_here_are_refused(
    inhabited: Inhabited, named: tuple[str, str]
) -> None:
    asked, (members, _why) = operation(*named), TURNED_OFF[named]
    whole = minimal(asked, inhabited.world.names(asked))

    answer = inhabited.wire.send(asked, {**whole, **members})

    assert answer.code == "BadRequestException", answer


def test_no_domain_name_has_an_access_association(inhabited: Inhabited) -> None:
    assert inhabited.wire("apigateway", "GetDomainNameAccessAssociations") == {"items": []}
