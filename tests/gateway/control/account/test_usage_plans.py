from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from gateway.snapshot import SnapshotHolder, Throttle
from tests.gateway.control.account.requests import VALUE, patch, plan_of
from tests.gateway.control.caller import Caller


def update(rest: Caller, plan_id: str, *operations: dict[str, str]) -> dict[str, Any]:
    changed: dict[str, Any] = rest(
        "UpdateUsagePlan", usagePlanId=plan_id, patchOperations=list(operations)
    )
    return changed


def test_a_plan_has_what_it_was_made_with(rest: Caller, api_id: str) -> None:
    members = {
        "name": "gold",
        "description": "for friends",
        "apiStages": [
            {
                "apiId": api_id,
                "stage": "prod",
                "throttle": {"/pets/GET": {"rateLimit": 1.5, "burstLimit": 2}},
            }
        ],
        "throttle": {"rateLimit": 10.0, "burstLimit": 5},
        "quota": {"limit": 100, "period": "WEEK", "offset": 1},
        "tags": {"team": "a"},
    }

    made = rest("CreateUsagePlan", **members)

    assert made == {"id": made["id"], **members}
    assert rest("GetUsagePlan", usagePlanId=made["id"]) == made
    assert rest("GetUsagePlans") == {"items": [made]}


@pytest.mark.parametrize(
    "members",
    [
        {"name": ""},
        {"quota": {"limit": 0, "period": "DAY"}},
        {"quota": {"limit": 10}},
        {"quota": {"period": "DAY"}},
        {"quota": {"limit": 10, "period": "DAY", "offset": 1}},
        {"quota": {"limit": 10, "period": "WEEK", "offset": 7}},
        {"quota": {"limit": 10, "period": "MONTH", "offset": 28}},
        {"throttle": {"rateLimit": -1.0}},
        {"throttle": {"burstLimit": -1}},
        {"apiStages": [{"apiId": "rest1234567"}]},
        {"tags": {"aws:x": "y"}},
    ],
)
def test_a_plan_that_could_not_be_enforced_is_refused(
    rest: Caller, api_id: str, members: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        plan_of(rest, api_id, **members)


def test_a_plan_opens_only_stages_of_its_account(rest: Caller, api_id: str) -> None:
    for stranger, stage in ((rest, "none"), (rest.elsewhere(account="111111111111"), "prod")):
        with pytest.raises(Missing):
            stranger("CreateUsagePlan", name="gold", apiStages=[{"apiId": api_id, "stage": stage}])


def test_patches_change_every_part(rest: Caller, api_id: str) -> None:
    plan_id = plan_of(rest, api_id)

    changed = update(
        rest,
        plan_id,
        patch("/name", "silver"),
        patch("/description", "for others"),
        patch("/throttle/rateLimit", "7.5"),
        patch("/throttle/burstLimit", "9"),
        patch("/quota/limit", "50"),
        patch("/quota/period", "MONTH"),
        patch("/quota/offset", "3"),
        patch("/apiStages", f"{api_id}:dev", "add"),
        patch(f"/apiStages/{api_id}:prod/throttle/~1pets~1{{id}}/GET/rateLimit", "2"),
        patch(f"/apiStages/{api_id}:prod/throttle/~1pets~1{{id}}/GET/burstLimit", "4"),
        patch(f"/apiStages/{api_id}:prod/throttle//pets/POST/rateLimit", "1.5"),
        patch(f"/apiStages/{api_id}:prod/throttle/~1/GET/burstLimit", "3"),
    )

    assert changed == {
        "id": plan_id,
        "name": "silver",
        "description": "for others",
        "throttle": {"rateLimit": 7.5, "burstLimit": 9},
        "quota": {"limit": 50, "period": "MONTH", "offset": 3},
        "apiStages": [
            {
                "apiId": api_id,
                "stage": "prod",
                "throttle": {
                    "/pets/{id}/GET": {"rateLimit": 2.0, "burstLimit": 4},
                    "/pets/POST": {"rateLimit": 1.5},
                    "//GET": {"burstLimit": 3},
                },
            },
            {"apiId": api_id, "stage": "dev"},
        ],
    }
    changed = update(
        rest,
        plan_id,
        patch("/throttle", op="remove"),
        patch("/quota", op="remove"),
        patch("/apiStages", f"{api_id}:dev", "remove"),
        patch(f"/apiStages/{api_id}:prod/throttle/~1pets/POST", op="remove"),
    )
    assert "throttle" not in changed
    assert "quota" not in changed
    assert list(changed["apiStages"][0]["throttle"]) == ["/pets/{id}/GET", "//GET"]
    changed = update(rest, plan_id, patch(f"/apiStages/{api_id}:prod/throttle", op="remove"))
    assert changed["apiStages"] == [{"apiId": api_id, "stage": "prod", "throttle": {}}]


@pytest.mark.parametrize(
    "operations",
    [
        [patch("/productCode", "x", "add")],
        [patch("/quota/limit", "0")],
        [patch("/quota/limit", "many")],
        [patch("/quota/period", "YEAR")],
        [patch("/quota/limit", "5")],
        [patch("/throttle/rateLimit", "nan")],
        [patch("/throttle/rateLimit", "inf")],
        [patch("/throttle/burstLimit", "1.5")],
        [patch("/throttle/burstLimit", "-1")],
        [patch("/apiStages", "nonsense", "add")],
        [patch("/apiStages", "rest1234567:dev", "remove")],
        [patch("/apiStages/rest1234567:dev/throttle/~1pets/GET/rateLimit", "1")],
        [patch("/apiStages/rest1234567:prod/throttle/~1pets/get/rateLimit", "1")],
        [patch("/apiStages/rest1234567:prod/throttle/~1pets/GET", op="remove")],
        [patch("/apiStages/rest1234567:prod/other", "1")],
        [patch("/apiStages/rest1234567", "1")],
    ],
)
def test_other_patches_are_refused(
    rest: Caller, api_id: str, operations: list[dict[str, str]]
) -> None:
    plan_id = plan_of(rest, api_id)
    before = rest("GetUsagePlan", usagePlanId=plan_id)

    with pytest.raises(Invalid):
        update(rest, plan_id, *operations)

    assert rest("GetUsagePlan", usagePlanId=plan_id) == before


def test_a_plan_with_stages_is_not_deleted(rest: Caller, api_id: str) -> None:
    plan_id = plan_of(rest, api_id)
    with pytest.raises(Invalid, match="API stages"):
        rest("DeleteUsagePlan", usagePlanId=plan_id)
    update(rest, plan_id, patch("/apiStages", f"{api_id}:prod", "remove"))

    rest("DeleteUsagePlan", usagePlanId=plan_id)

    with pytest.raises(Missing):
        rest("GetUsagePlan", usagePlanId=plan_id)


class TestKeys:
    def test_a_plan_has_keys(self, rest: Caller, api_id: str) -> None:
        plan_id, key_id = (
            plan_of(rest, api_id),
            rest("CreateApiKey", name="ada", value=VALUE)["id"],
        )

        made = rest("CreateUsagePlanKey", usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")

        assert made == {"id": key_id, "type": "API_KEY", "value": VALUE, "name": "ada"}
        assert rest("GetUsagePlanKey", usagePlanId=plan_id, keyId=key_id) == made
        assert rest("GetUsagePlanKeys", usagePlanId=plan_id) == {"items": [made]}
        assert rest("GetUsagePlanKeys", usagePlanId=plan_id, nameQuery="x") == {"items": []}
        assert [p["id"] for p in rest("GetUsagePlans", keyId=key_id)["items"]] == [plan_id]
        other = rest("CreateApiKey", name="eve")["id"]
        assert rest("GetUsagePlans", keyId=other) == {"items": []}

        rest("DeleteUsagePlanKey", usagePlanId=plan_id, keyId=key_id)

        assert rest("GetUsagePlanKeys", usagePlanId=plan_id) == {"items": []}
        for operation in ("GetUsagePlanKey", "DeleteUsagePlanKey"):
            with pytest.raises(Missing):
                rest(operation, usagePlanId=plan_id, keyId=key_id)

    def test_only_known_keys_once_and_of_their_type(self, rest: Caller, api_id: str) -> None:
        plan_id, key_id = plan_of(rest, api_id), rest("CreateApiKey", name="ada")["id"]
        request = {"usagePlanId": plan_id, "keyId": key_id, "keyType": "API_KEY"}
        rest("CreateUsagePlanKey", **request)

        for change, error in (
            ({}, Conflicting),
            ({"keyId": "nobody"}, Missing),
            ({"usagePlanId": "nowhere"}, Missing),
            ({"keyType": "OTHER"}, Invalid),
        ):
            with pytest.raises(error):
                rest("CreateUsagePlanKey", **{**request, **change})

    def test_a_key_opens_each_stage_by_one_plan(self, rest: Caller, api_id: str) -> None:
        first, second = plan_of(rest, api_id), plan_of(rest, api_id)
        third = rest("CreateUsagePlan", name="third")["id"]
        key_id = rest("CreateApiKey", name="ada")["id"]
        for plan_id in (first, third):
            rest("CreateUsagePlanKey", usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")

        with pytest.raises(Conflicting, match="same API stage"):
            rest("CreateUsagePlanKey", usagePlanId=second, keyId=key_id, keyType="API_KEY")
        with pytest.raises(Conflicting, match="same API stage"):
            update(rest, third, patch("/apiStages", f"{api_id}:prod", "add"))
        update(rest, third, patch("/apiStages", f"{api_id}:dev", "add"))

    def test_a_key_has_at_most_ten_plans(self, rest: Caller) -> None:
        key_id = rest("CreateApiKey", name="ada")["id"]
        plans = [rest("CreateUsagePlan", name=f"p{number}")["id"] for number in range(11)]
        for plan_id in plans[:10]:
            rest("CreateUsagePlanKey", usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")

        with pytest.raises(Exceeded):
            rest("CreateUsagePlanKey", usagePlanId=plans[10], keyId=key_id, keyType="API_KEY")


class TestServed:
    def test_workers_know_keys_by_fingerprint(
        self, rest: Caller, api_id: str, served: SnapshotHolder
    ) -> None:
        plan_id = plan_of(
            rest,
            api_id,
            throttle={"rateLimit": 10.0, "burstLimit": 5},
            quota={"limit": 100, "period": "WEEK", "offset": 1},
        )
        update(rest, plan_id, patch(f"/apiStages/{api_id}:prod/throttle/~1pets/GET/rateLimit", "2"))
        key_id = rest("CreateApiKey", value=VALUE, enabled=True)["id"]
        rest("CreateUsagePlanKey", usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")

        (key,) = served.current.keys.values()

        assert (key.id, key.enabled, VALUE in repr(served.current.keys)) == (key_id, True, False)
        (plan,) = key.plans
        assert plan.stages == {(api_id, "prod")}
        assert plan.throttle == Throttle(10.0, 5)
        assert plan.method_throttles == {(api_id, "prod", "GET /pets"): Throttle(2.0, 5000)}
        assert (plan.quota, plan.quota_period, plan.quota_offset) == (100, "WEEK", 1)

    def test_other_changes_leave_keys_as_they_are(
        self, caller: Caller, rest: Caller, served: SnapshotHolder
    ) -> None:
        rest("CreateApiKey", value=VALUE)
        before = served.current

        caller.create_api()

        assert served.current is not before
        assert served.current.keys is before.keys
        rest("CreateApiKey", name="another")
        assert len(served.current.keys) == 2

    def test_a_deleted_key_is_unknown_at_once(self, rest: Caller, served: SnapshotHolder) -> None:
        key_id = rest("CreateApiKey", value=VALUE)["id"]

        rest("DeleteApiKey", apiKey=key_id)

        assert served.current.keys == {}
