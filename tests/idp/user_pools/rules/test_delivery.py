from __future__ import annotations

import pytest

from idp.errors import InvalidParameter, NotAuthorized
from idp.user_pools.rules import delivery
from idp.user_pools.rules.delivery import Destination

JANE = {
    "email": "jane@example.com",
    "email_verified": "true",
    "phone_number": "+15555550123",
    "phone_number_verified": "true",
}
EMAIL = Destination("email", "jane@example.com")
PHONE = Destination("phone_number", "+15555550123")


def recovery(*names: str) -> dict[str, object]:
    mechanisms = [{"Name": name, "Priority": rank + 1} for rank, name in enumerate(names)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms[::-1]}}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jane@example.com", "j***@e***"),
        ("j@e", "j***@e***"),
        ("@", "***@***"),
        ("+15555550123", "+*******0123"),
        ("+2904123", "+***4123"),
        ("+12", "+12"),
    ],
)
def test_addresses_are_masked_as_aws_masks_them(address, shown):
    assert delivery.mask(address) == shown


def test_details_name_medium_and_attribute():
    assert PHONE.details() == {
        "Destination": "+*******0123",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    assert EMAIL.details()["DeliveryMedium"] == "EMAIL"


@pytest.mark.parametrize(
    ("verified", "attributes", "destination"),
    [
        (["email"], JANE, EMAIL),
        (["phone_number"], JANE, PHONE),
        (["email", "phone_number"], JANE, PHONE),
        (["email", "phone_number"], {"email": "jane@example.com"}, EMAIL),
        (["phone_number"], {"email": "jane@example.com"}, None),
        ([], JANE, None),
    ],
)
def test_the_sign_up_code_goes_to_an_auto_verified_attribute(verified, attributes, destination):
    settings = {"AutoVerifiedAttributes": verified}
    assert delivery.sign_up_destination(settings, attributes) == destination


@pytest.mark.parametrize(
    ("settings", "destination"),
    [
        ({}, PHONE),
        (recovery("verified_email"), EMAIL),
        (recovery("verified_email", "verified_phone_number"), EMAIL),
        (recovery("verified_phone_number", "verified_email"), PHONE),
    ],
)
def test_recovery_follows_the_pools_priorities(settings, destination):
    assert delivery.recovery_destination(settings, JANE) == destination


def test_recovery_never_goes_to_an_unverified_address():
    unverified = {**JANE, "phone_number_verified": "false", "email_verified": "false"}
    for settings in ({}, recovery("verified_email", "verified_phone_number")):
        with pytest.raises(InvalidParameter, match="no registered/verified email or phone_number"):
            delivery.recovery_destination(settings, unverified)
    with pytest.raises(InvalidParameter):
        delivery.recovery_destination(recovery("verified_email"), {**JANE, "email_verified": ""})


def test_only_administrators_reset_where_the_pool_says_so():
    with pytest.raises(NotAuthorized, match="Contact administrator"):
        delivery.recovery_destination(recovery("admin_only"), JANE)


def test_a_missing_user_gets_a_stable_destination_in_the_pools_form():
    def simulated(settings, typed, seed=b"\x01" * 32):
        return delivery.simulated_destination(seed, settings, typed).details()

    assert simulated({}, "ghost@example.com")["Destination"] == "g***@e***"
    assert simulated({}, "+15555550123")["Destination"] == "+*******0123"
    assert simulated({}, "ghost") == simulated({}, "ghost")
    assert simulated({}, "ghost") != simulated({}, "ghost", b"\x02" * 32)
    by_phone = recovery("verified_phone_number")
    assert simulated(by_phone, "ghost@example.com")["DeliveryMedium"] == "SMS"
    assert len(simulated(by_phone, "ghost")["Destination"]) == len("+*******0123")
    with pytest.raises(NotAuthorized):
        simulated(recovery("admin_only"), "ghost")
