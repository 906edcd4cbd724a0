from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.control.account import usage_counts
from gateway.control.errors import Invalid, Missing
from tests.gateway.control.account.requests import patch, plan_of
from tests.gateway.control.caller import NOON, Caller

TODAY = NOON.date()


@pytest.fixture
def plan(rest: Caller, api_id: str) -> str:
    return plan_of(rest, api_id, quota={"limit": 100, "period": "WEEK", "offset": 0})


def key_of(rest: Caller, plan: str, name: str = "ada") -> str:
    made: str = rest("CreateApiKey", name=name)["id"]
    rest("CreateUsagePlanKey", usagePlanId=plan, keyId=made, keyType="API_KEY")
    return made


def use(rest: Caller, plan: str, key: str, day: date, used: int) -> None:
    rest.kernel.database.record(usage_counts.add, plan, key, day, used=used)


def test_usage_is_shown_by_key_and_day(rest: Caller, plan: str) -> None:
    ada, eve = key_of(rest, plan), key_of(rest, plan, "eve")
    monday = TODAY  # the week started on Sunday, the day before
    use(rest, plan, ada, monday - timedelta(days=2), 60)
    use(rest, plan, ada, monday - timedelta(days=1), 10)
    use(rest, plan, ada, monday + timedelta(days=1), 5)

    shown = rest("GetUsage", usagePlanId=plan, startDate="2026-05-02", endDate="2026-05-05")

    assert shown == {
        "usagePlanId": plan,
        "startDate": "2026-05-02",
        "endDate": "2026-05-05",
        "items": {
            ada: [[60, 40], [10, 90], [0, 90], [5, 85]],
            eve: [[0, 100]] * 4,
        },
    }
    one = rest(
        "GetUsage", usagePlanId=plan, keyId=eve, startDate="2026-05-05", endDate="2026-05-05"
    )
    assert one["items"] == {eve: [[0, 100]]}


def test_usage_comes_in_pages_of_keys(rest: Caller, plan: str) -> None:
    keys = {key_of(rest, plan, name) for name in ("a", "b", "c")}
    days = {"startDate": "2026-05-04", "endDate": "2026-05-04"}

    first = rest("GetUsage", usagePlanId=plan, limit=2, **days)
    second = rest("GetUsage", usagePlanId=plan, limit=2, position=first["position"], **days)

    assert len(first["items"]) == 2
    assert {*first["items"], *second["items"]} == keys
    assert "position" not in second


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-05-05", "2026-05-04"),
        ("2026-01-01", "2026-12-31"),
        ("2026-02-30", "2026-03-01"),
        ("20260504", "2026-05-04"),
        ("2026-W19-1", "2026-05-04"),
        ("", "2026-05-04"),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_days_that_are_none_are_refused(rest: Caller, plan: str, start: str, end: str) -> None:
    with pytest.raises(Invalid):
        rest("GetUsage", usagePlanId=plan, startDate=start, endDate=end)


def test_what_remains_can_be_set(rest: Caller, plan: str) -> None:
    key = key_of(rest, plan)
    use(rest, plan, key, TODAY, 95)

    for wanted in (50, 2, 200):
        done = rest(
            "UpdateUsage",
            usagePlanId=plan,
            keyId=key,
            patchOperations=[patch("/remaining", str(wanted))],
        )
        assert done == {
            "usagePlanId": plan,
            "startDate": TODAY.isoformat(),
            "endDate": TODAY.isoformat(),
            "items": {key: [[95, wanted]]},
        }
    next_week = rest("GetUsage", usagePlanId=plan, startDate="2026-05-09", endDate="2026-05-10")
    assert next_week["items"][key] == [[0, 200], [0, 100]]


@pytest.mark.parametrize(
    "operation",
    [patch("/remaining", "-1"), patch("/remaining", "x"), patch("/used", "1"), patch("/remaining")],
)
def test_other_patches_are_refused(rest: Caller, plan: str, operation: dict[str, str]) -> None:
    key = key_of(rest, plan)

    with pytest.raises(Invalid):
        rest("UpdateUsage", usagePlanId=plan, keyId=key, patchOperations=[operation])


def test_usage_belongs_to_a_key_of_the_plan(rest: Caller, plan: str) -> None:
    key, other = key_of(rest, plan), rest("CreateApiKey", name="eve")["id"]
    days = {"startDate": "2026-05-04", "endDate": "2026-05-04"}
    stranger = replace(rest, account="111111111111")

    for caller, plan_id, key_id in (
        (rest, plan, other),
        (rest, "nowhere", key),
        (stranger, plan, key),
    ):
        with pytest.raises(Missing):
            caller("GetUsage", usagePlanId=plan_id, keyId=key_id, **days)
        with pytest.raises(Missing):
            caller(
                "UpdateUsage",
                usagePlanId=plan_id,
                keyId=key_id,
                patchOperations=[patch("/remaining", "1")],
            )


def test_a_plan_without_a_quota_has_no_usage(rest: Caller, api_id: str) -> None:
    plan = plan_of(rest, api_id)
    key = key_of(rest, plan)

    shown = rest("GetUsage", usagePlanId=plan, startDate="2026-05-04", endDate="2026-05-04")

    assert shown["items"] == {}
    with pytest.raises(Invalid, match="no quota"):
        rest(
            "UpdateUsage",
            usagePlanId=plan,
            keyId=key,
            patchOperations=[patch("/remaining", "1")],
        )
