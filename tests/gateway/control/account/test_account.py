from __future__ import annotations

import pytest

from gateway.control.errors import Invalid
from gateway.snapshot import SnapshotHolder, Throttle
from tests.gateway.control.account.requests import patch
from tests.gateway.control.caller import Caller

DEFAULT = {
    "throttleSettings": {"burstLimit": 5000, "rateLimit": 10000.0},
    "features": ["UsagePlans"],
    "apiKeyVersion": "4",
}
ROLE = "arn:aws:iam::000000000000:role/logs"


def test_an_account_that_set_nothing_has_the_limits_of_aws(rest: Caller) -> None:
    assert rest("GetAccount") == DEFAULT


def test_patches_set_the_role_and_the_throttle(rest: Caller) -> None:
    operations = [
        patch("/cloudwatchRoleArn", ROLE),
        patch("/features", "UsagePlans", "add"),
        patch("/throttleSettings/rateLimit", "5"),
        patch("/throttleSettings/burstLimit", "7"),
    ]

    changed = rest("UpdateAccount", patchOperations=operations)

    limits = {"burstLimit": 7, "rateLimit": 5.0}
    assert changed == {**DEFAULT, "cloudwatchRoleArn": ROLE, "throttleSettings": limits}
    assert rest("GetAccount") == changed
    assert rest.elsewhere(account="111111111111")("GetAccount") == DEFAULT
    cleared = [patch("/cloudwatchRoleArn", ""), patch("/throttleSettings", op="remove")]
    assert rest("UpdateAccount", patchOperations=cleared) == DEFAULT


@pytest.mark.parametrize(
    "operation",
    [
        patch("/cloudwatchRoleArn", "nonsense"),
        patch("/features", "Other", "add"),
        patch("/throttleSettings/rateLimit", "-1"),
        patch("/apiKeyVersion", "5"),
    ],
)
def test_other_patches_are_refused(rest: Caller, operation: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        rest("UpdateAccount", patchOperations=[operation])


def test_every_api_of_the_account_shares_its_throttle(
    caller: Caller, rest: Caller, api_id: str, served: SnapshotHolder
) -> None:
    http = caller.create_api()
    theirs = caller.elsewhere(account="111111111111").create_api()
    rest("UpdateAccount", patchOperations=[patch("/throttleSettings/rateLimit", "5")])

    apis = served.current.apis
    assert apis[api_id].account_throttle == apis[http].account_throttle == Throttle(5.0, 5000)
    assert apis[theirs].account_throttle == Throttle(10_000.0, 5000)
