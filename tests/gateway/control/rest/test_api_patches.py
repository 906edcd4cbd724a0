from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Invalid
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree


@pytest.mark.parametrize(
    ("patches", "changed"),
    [
        ([("replace", "/name", "dogs")], {"name": "dogs"}),
        ([("replace", "/description", "Dogs")], {"description": "Dogs"}),
        ([("add", "/description", "Dogs")], {"description": "Dogs"}),
        ([("replace", "/apiKeySource", "AUTHORIZER")], {"apiKeySource": "AUTHORIZER"}),
        ([("replace", "/minimumCompressionSize", "10")], {"minimumCompressionSize": 10}),
        ([("replace", "/minimumCompressionSize", "0")], {"minimumCompressionSize": 0}),
        (
            [("replace", "/disableExecuteApiEndpoint", "true")],
            {"disableExecuteApiEndpoint": True},
        ),
        ([("replace", "/securityPolicy", "TLS_1_2")], {"securityPolicy": "TLS_1_2"}),
        (
            [
                ("add", "/binaryMediaTypes/image~1png"),
                ("add", "/binaryMediaTypes/image~1jpeg"),
            ],
            {"binaryMediaTypes": ["image/png", "image/jpeg"]},
        ),
        (
            [
                ("add", "/binaryMediaTypes/image~1png"),
                ("add", "/binaryMediaTypes/image~1jpeg"),
                ("replace", "/binaryMediaTypes/image~1png", "image/gif"),
            ],
            {"binaryMediaTypes": ["image/jpeg", "image/gif"]},
        ),
        (
            [
                ("add", "/binaryMediaTypes/image~1png"),
                ("add", "/binaryMediaTypes/image~1jpeg"),
                ("remove", "/binaryMediaTypes/image~1png"),
            ],
            {"binaryMediaTypes": ["image/jpeg"]},
        ),
        (
            [("replace", "/endpointConfiguration/types/EDGE", "REGIONAL")],
            {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"}},
        ),
        (
            [
                ("replace", "/endpointConfiguration/types/0", "REGIONAL"),
                ("replace", "/endpointConfiguration/ipAddressType", "dualstack"),
            ],
            {"endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"}},
        ),
    ],
)
def test_each_path_changes_its_member(
    caller: Caller, patches: list[tuple[str, ...]], changed: dict[str, Any]
) -> None:
    tree = Tree.planted(caller)
    before = tree("GetRestApi")

    after = tree.patch("UpdateRestApi", *patches)

    assert after == {**before, **changed, "tags": {}}
    assert tree("GetRestApi") == {**before, **changed}


@pytest.mark.parametrize(
    ("patches", "removed"),
    [
        ([("remove", "/description")], "description"),
        ([("replace", "/description", "")], "description"),
        ([("replace", "/description")], "description"),
        ([("replace", "/minimumCompressionSize")], "minimumCompressionSize"),
        ([("replace", "/minimumCompressionSize", "")], "minimumCompressionSize"),
        ([("remove", "/binaryMediaTypes/image~1png")], "binaryMediaTypes"),
        ([("replace", "/policy", "")], "policy"),
    ],
)
def test_what_is_emptied_is_gone(
    caller: Caller, patches: list[tuple[str, ...]], removed: str
) -> None:
    tree = Tree.planted(
        caller,
        description="Pets",
        minimumCompressionSize=5,
        binaryMediaTypes=["image/png"],
        policy='{"Statement": {"Effect": "Deny", "Principal": "*", '
        '"Action": "execute-api:*", "Resource": "*"}}',
    )
    assert removed in tree("GetRestApi")

    assert removed not in tree.patch("UpdateRestApi", *patches)


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (("add", "/minimumCompressionSize", "1"), "Must be one of: [replace]"),
        (("replace", "/minimumCompressionSize", "-1"), "Invalid minimum compression size"),
        (("replace", "/minimumCompressionSize", "abc"), "Invalid minimum compression size"),
        (("replace", "/minimumCompressionSize", "10485761"), "Invalid minimum compression size"),
        (("add", "/binaryMediaTypes", "image/png"), "Invalid patch path /binaryMediaTypes"),
        (("replace", "/binaryMediaTypes", "image/png"), "Invalid patch path /binaryMediaTypes"),
        (("remove", "/binaryMediaTypes"), "Invalid patch path /binaryMediaTypes"),
        (("remove", "/binaryMediaTypes/image~1png"), "there is nothing to remove"),
        (("add", "/binaryMediaTypes/"), "Invalid patch path /binaryMediaTypes/"),
        (("replace", "/id", "another"), "Invalid patch path /id"),
        (("replace", "/rootResourceId", "another"), "Invalid patch path /rootResourceId"),
        (("replace", "/tags/a", "b"), "Invalid patch path /tags/a"),
        (("copy", "/name", "dogs"), "Must be one of: [replace]"),
        (("replace", "/name", ""), "Name cannot be an empty string"),
        (("replace", "/name"), "Missing value for the patch path /name"),
        (("replace", "/apiKeySource", "QUERY"), "Valid options are HEADER,AUTHORIZER"),
        (("replace", "/disableExecuteApiEndpoint", "maybe"), "it must be true or false"),
        (
            ("replace", "/endpointConfiguration/ipAddressType", "ipv6"),
            "ipAddressType must be either ipv4 or dualstack.",
        ),
        (
            ("add", "/endpointConfiguration/ipAddressType", "ipv4"),
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            ("replace", "/endpointConfiguration/types/EDGE", "wrong"),
            "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
        ),
        (("replace", "/endpointConfiguration/types/EDGE", "PRIVATE"), "PRIVATE is not supported"),
        (("add", "/endpointConfiguration/types/REGIONAL"), "Must be one of: [replace]"),
        (("remove", "/endpointConfiguration/types/EDGE"), "Must be one of: [replace]"),
        (("add", "/endpointConfiguration/vpcEndpointIds", "vpce-1"), "vpcEndpointIds is not"),
        (("replace", "/version", "2"), "Invalid patch path /version"),
        (("replace", "/endpointAccessMode", "STRICT"), "endpointAccessMode is not supported"),
        (("replace", "/policy", "[]"), "Invalid policy document"),
        (("replace", "/policy"), "Missing value for the patch path /policy"),
        (("replace", "/disableExecuteApiEndpoint"), "Missing value for the patch path"),
    ],
)
def test_what_aws_refuses_is_refused_and_changes_nothing(
    caller: Caller, patch: tuple[str, ...], message: str
) -> None:
    tree = Tree.planted(caller)
    before = tree.stored()

    with pytest.raises(Invalid) as refusal:
        tree.patch("UpdateRestApi", ("replace", "/name", "dogs"), patch)

    assert message in str(refusal.value)
    assert tree.stored() == before


def test_request_without_operations_changes_nothing(caller: Caller) -> None:
    tree = Tree.planted(caller)

    assert tree("UpdateRestApi") == {**tree("GetRestApi"), "tags": {}}
