from __future__ import annotations

import json
from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Exceeded, Invalid, Missing
from gateway.control.portals.errors import Denied
from tests.gateway.control.caller import Caller
from tests.gateway.control.portals.conftest import PORTAL

CONTENT = {"Title": "Welcome", "Body": "# Pets"}
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "111111111111"},
                "Action": "apigateway:GetPortalProduct",
                "Resource": "*",
            }
        ],
    }
)


def test_product_is_made_shown_changed_listed_and_deleted(caller: Caller) -> None:
    made = caller("CreatePortalProduct", DisplayName="Pets", Tags={"team": "pets"})
    named = {"PortalProductId": made["PortalProductId"]}

    assert caller("GetPortalProduct", **named) == made
    changed = caller("UpdatePortalProduct", **named, Description="All about pets")
    assert changed == {**made, "Description": "All about pets"}
    assert caller("ListPortalProducts", ResourceOwner="SELF") == {"Items": [changed]}
    assert caller("ListPortalProducts", ResourceOwner="OTHER_ACCOUNTS") == {"Items": []}
    caller("DeletePortalProduct", **named)
    with pytest.raises(Missing, match="Invalid portal product identifier specified"):
        caller("GetPortalProduct", **named)


def test_product_of_a_portal_stays(caller: Caller, product: str) -> None:
    arn = caller("GetPortalProduct", PortalProductId=product)["PortalProductArn"]
    portal = caller("CreatePortal", **PORTAL, IncludedPortalProductArns=[arn])

    with pytest.raises(Invalid, match=f"included in the portal {portal['PortalId']}"):
        caller("DeletePortalProduct", PortalProductId=product)
    caller("UpdatePortal", PortalId=portal["PortalId"], IncludedPortalProductArns=[])
    caller("DeletePortalProduct", PortalProductId=product)


def test_accounts_share_no_products(caller: Caller, product: str) -> None:
    caller("PutPortalProductSharingPolicy", PortalProductId=product, PolicyDocument=POLICY)
    other = caller.elsewhere(account="111111111111")

    for operation in ("GetPortalProduct", "ListProductPages", "ListProductRestEndpointPages"):
        with pytest.raises(Denied, match="share no portal products"):
            other(operation, PortalProductId=product, ResourceOwnerAccountId="000000000000")
        with pytest.raises(Missing):
            other(operation, PortalProductId=product)


def test_sharing_policy_is_put_shown_and_deleted(caller: Caller, product: str) -> None:
    named = {"PortalProductId": product}
    with pytest.raises(Missing, match="Invalid sharing policy identifier specified"):
        caller("GetPortalProductSharingPolicy", **named)

    caller("PutPortalProductSharingPolicy", **named, PolicyDocument=POLICY)
    caller("PutPortalProductSharingPolicy", **named, PolicyDocument=POLICY)

    assert caller("GetPortalProductSharingPolicy", **named)["PolicyDocument"] == POLICY
    caller("DeletePortalProductSharingPolicy", **named)
    with pytest.raises(Missing):
        caller("DeletePortalProductSharingPolicy", **named)


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "{",
        "[]",
        '"text"',
        "{}",
        '{"Version": "2012-10-17", "Statement": [1]}',
        "[" * 5_000 + "]" * 5_000,
        '{"a":' * 900 + "1" + "}" * 900,
        json.dumps({**json.loads(POLICY), "Statement": json.loads(POLICY)["Statement"] * 101}),
        json.dumps({"x": "y" * 307_200}),
    ],
)
def test_malformed_or_excessive_policies_are_refused(
    caller: Caller, product: str, policy: str
) -> None:
    with pytest.raises(Invalid, match="Invalid policy document"):
        caller("PutPortalProductSharingPolicy", PortalProductId=product, PolicyDocument=policy)


def test_page_is_made_shown_changed_listed_and_deleted(caller: Caller, product: str) -> None:
    made = caller("CreateProductPage", PortalProductId=product, DisplayContent=CONTENT)
    named = {"PortalProductId": product, "ProductPageId": made["ProductPageId"]}

    assert caller("GetProductPage", **named) == made
    content = {"Title": "Changed", "Body": "x"}
    assert caller("UpdateProductPage", **named, DisplayContent=content)["DisplayContent"] == content
    listed = caller("ListProductPages", PortalProductId=product)["Items"]
    assert [each["PageTitle"] for each in listed] == ["Changed"]
    caller("DeleteProductPage", **named)
    with pytest.raises(Missing, match="Invalid product page identifier specified"):
        caller("GetProductPage", **named)


def test_page_is_of_its_product_alone(caller: Caller, product: str) -> None:
    page = caller("CreateProductPage", PortalProductId=product, DisplayContent=CONTENT)
    other = caller("CreatePortalProduct", DisplayName="Other")["PortalProductId"]

    with pytest.raises(Missing):
        caller("GetProductPage", PortalProductId=other, ProductPageId=page["ProductPageId"])
    with pytest.raises(Missing):
        caller(
            "GetProductPage",
            PortalProductId=other,
            ProductPageId=f"{product}.{page['ProductPageId']}",
        )
    caller("DeletePortalProduct", PortalProductId=product)
    assert caller("ListProductPages", PortalProductId=other) == {"Items": []}


def test_endpoint_page_is_made_shown_changed_listed_and_deleted(
    caller: Caller, product: str, endpoint: dict[str, Any]
) -> None:
    made = caller(
        "CreateProductRestEndpointPage", PortalProductId=product, RestEndpointIdentifier=endpoint
    )
    named = {
        "PortalProductId": product,
        "ProductRestEndpointPageId": made["ProductRestEndpointPageId"],
    }

    assert made["DisplayContent"]["Endpoint"].endswith("/live/pets")
    raw = caller("GetProductRestEndpointPage", **named, IncludeRawDisplayContent="true")
    assert raw == {**made, "RawDisplayContent": '{"None": {}}'}
    overrides = {"Endpoint": "https://pets.example/pets", "OperationName": "listPets", "Body": "x"}
    changed = caller(
        "UpdateProductRestEndpointPage",
        **named,
        DisplayContent={"Overrides": overrides},
        TryItState="ENABLED",
    )
    assert changed["DisplayContent"] == overrides
    (summary,) = caller("ListProductRestEndpointPages", PortalProductId=product)["Items"]
    assert (summary["OperationName"], summary["TryItState"]) == ("listPets", "ENABLED")
    assert "Body" not in summary
    caller("DeleteProductRestEndpointPage", **named)
    with pytest.raises(Missing, match="Invalid product REST endpoint page identifier"):
        caller("GetProductRestEndpointPage", **named)


@pytest.mark.parametrize(
    ("part", "value", "error"),
    [
        ("RestApiId", "unknown", Missing),
        ("Stage", "unknown", Missing),
        ("Path", "/unknown", Invalid),
        ("Method", "POST", Invalid),
    ],
)
def test_endpoint_that_there_is_not_is_refused(
    caller: Caller,
    product: str,
    endpoint: dict[str, Any],
    part: str,
    value: str,
    error: type[Exception],
) -> None:
    parts = {**endpoint["IdentifierParts"], part: value}

    with pytest.raises(error):
        caller(
            "CreateProductRestEndpointPage",
            PortalProductId=product,
            RestEndpointIdentifier={"IdentifierParts": parts},
        )


def test_display_order_names_pages_of_the_product_and_forgets_those_that_go(
    caller: Caller, product: str, endpoint: dict[str, Any]
) -> None:
    page = caller("CreateProductPage", PortalProductId=product, DisplayContent=CONTENT)
    rest = caller(
        "CreateProductRestEndpointPage", PortalProductId=product, RestEndpointIdentifier=endpoint
    )
    section = {
        "SectionName": "All",
        "ProductRestEndpointPageArns": [rest["ProductRestEndpointPageArn"]],
    }
    order = {
        "OverviewPageArn": page["ProductPageArn"],
        "ProductPageArns": [page["ProductPageArn"]],
        "Contents": [section],
    }

    shown = caller("UpdatePortalProduct", PortalProductId=product, DisplayOrder=order)
    assert shown["DisplayOrder"] == order
    for wrong in (
        {"OverviewPageArn": rest["ProductRestEndpointPageArn"]},
        {"Contents": [{**section, "ProductRestEndpointPageArns": [page["ProductPageArn"]]}]},
        {"Contents": [{**section, "SectionName": ""}]},
    ):
        with pytest.raises(Invalid):
            caller("UpdatePortalProduct", PortalProductId=product, DisplayOrder=wrong)
    caller("DeleteProductPage", PortalProductId=product, ProductPageId=page["ProductPageId"])
    caller(
        "DeleteProductRestEndpointPage",
        PortalProductId=product,
        ProductRestEndpointPageId=rest["ProductRestEndpointPageId"],
    )
    assert caller("GetPortalProduct", PortalProductId=product)["DisplayOrder"] == {
        "ProductPageArns": [],
        "Contents": [{"SectionName": "All", "ProductRestEndpointPageArns": []}],
    }


def test_pages_are_listed_in_pages_and_bounded(
    caller: Caller, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "PAGES_PER_PORTAL_PRODUCT", 3)
    named = {"PortalProductId": product}
    made = [caller("CreateProductPage", **named, DisplayContent=CONTENT) for _ in range(3)]

    first = caller("ListProductPages", **named, MaxResults="2")
    second = caller("ListProductPages", **named, NextToken=first["NextToken"])

    listed = {each["ProductPageId"] for each in (*first["Items"], *second["Items"])}
    assert listed == {each["ProductPageId"] for each in made}
    with pytest.raises(Exceeded, match=r"product pages .* The limit is 3"):
        caller("CreateProductPage", **named, DisplayContent=CONTENT)
    with pytest.raises(Invalid, match="Invalid NextToken"):
        caller("ListProductPages", **named, NextToken="forged")
