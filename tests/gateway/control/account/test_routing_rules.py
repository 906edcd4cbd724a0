from __future__ import annotations

from typing import Any

import pytest

from gateway.addresses import match_address
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from gateway.routing_rules import matches, routed
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.account.requests import NAME, api_mapping, http_domain
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest_rows import add_rest_api


def headers(*pairs: tuple[str, str]) -> dict[str, Any]:
    any_of = [{"Header": header, "ValueGlob": glob} for header, glob in pairs]
    return {"MatchHeaders": {"AnyOf": any_of}}


def base_paths(*paths: str) -> dict[str, Any]:
    return {"MatchBasePaths": {"AnyOf": list(paths)}}


def invoke(api_id: str, **members: Any) -> list[dict[str, Any]]:
    return [{"InvokeApi": {"ApiId": api_id, "Stage": "prod", **members}}]


def create(caller: Caller, api_id: str, *conditions: dict[str, Any], **members: Any) -> Any:
    request = {
        "DomainName": NAME,
        "Actions": invoke(api_id),
        "Conditions": list(conditions),
        "Priority": 10,
        **members,
    }
    return caller("CreateRoutingRule", **request)


@pytest.fixture(autouse=True)
def domain(caller: Caller) -> None:
    http_domain(caller, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")


def test_a_rule_is_kept_as_it_was_given(caller: Caller, api_id: str) -> None:
    conditions = [headers(("X-Version", "a*")), base_paths("orders/v2")]

    made = create(caller, api_id, *conditions)

    arn = f"arn:aws:apigateway:us-east-1:000000000000:/domainnames/{NAME}/routingrules/"
    assert made == {
        "Actions": invoke(api_id, StripBasePath=False),
        "Conditions": conditions,
        "Priority": 10,
        "RoutingRuleArn": arn + made["RoutingRuleId"],
        "RoutingRuleId": made["RoutingRuleId"],
    }
    which = {"DomainName": NAME, "RoutingRuleId": made["RoutingRuleId"]}
    assert caller("GetRoutingRule", **which) == made
    assert caller("ListRoutingRules", DomainName=NAME) == {"RoutingRules": [made]}


def test_rules_are_listed_by_priority_in_pages(caller: Caller, api_id: str) -> None:
    for priority in (300, 20, 1_000_000, 9):
        create(caller, api_id, Priority=priority)

    first = caller("ListRoutingRules", DomainName=NAME, MaxResults=3)
    rest = caller("ListRoutingRules", DomainName=NAME, MaxResults=3, NextToken=first["NextToken"])

    found = [rule["Priority"] for rule in first["RoutingRules"] + rest["RoutingRules"]]
    assert found == [9, 20, 300, 1_000_000]
    assert "NextToken" not in rest
    with pytest.raises(Invalid, match="Invalid NextToken"):
        caller("ListRoutingRules", DomainName=NAME, NextToken="made-up")


@pytest.mark.parametrize(
    "members",
    [
        {"Actions": []},
        {"Actions": [{}]},
        {"Conditions": [{}]},
        {"Conditions": [{**headers(("a", "b")), **base_paths("c")}]},
        {"Conditions": [headers()]},
        {"Conditions": [headers(("a b", "c"))]},
        {"Conditions": [headers(("a", "b*c"))]},
        {"Conditions": [headers(("a", ""))]},
        {"Conditions": [headers(("a", "**c"))]},
        {"Conditions": [headers(("a", "b\r\nc"))]},
        {"Conditions": [headers(*[("a", "b")] * 11)]},
        {"Conditions": [headers(("a", "b"))] * 3},
        {"Conditions": [base_paths("a"), base_paths("b")]},
        {"Conditions": [base_paths("")]},
        {"Conditions": [base_paths("/a")]},
        {"Conditions": [base_paths("a/../b")]},
        {"DomainNameId": "abc"},
    ],
)
def test_rules_that_could_not_hold_are_refused(
    caller: Caller, api_id: str, members: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        create(caller, api_id, **members)


def test_a_rule_leads_to_a_stage_of_the_callers_rest_api(caller: Caller, api_id: str) -> None:
    theirs = add_rest_api(caller.kernel.database, "theirs12345", account="111111111111")

    for wrong in (theirs, "nobody"):
        with pytest.raises(Missing):
            create(caller, wrong)
    with pytest.raises(Missing):
        create(caller, api_id, Actions=invoke(api_id, Stage="none"))
    with pytest.raises(Invalid, match="Only REST APIs"):
        create(caller, caller.create_api())


def test_a_priority_is_given_once(caller: Caller, api_id: str) -> None:
    create(caller, api_id)
    other = create(caller, api_id, Priority=11)["RoutingRuleId"]

    with pytest.raises(Conflicting):
        create(caller, api_id)
    with pytest.raises(Conflicting):
        caller(
            "PutRoutingRule",
            DomainName=NAME,
            RoutingRuleId=other,
            Actions=invoke(api_id),
            Conditions=[],
            Priority=10,
        )


def test_a_rule_is_replaced_and_deleted(caller: Caller, api_id: str) -> None:
    which = {"DomainName": NAME, "RoutingRuleId": create(caller, api_id)["RoutingRuleId"]}
    whole = {"Actions": invoke(api_id, StripBasePath=True), "Conditions": [base_paths("a")]}

    changed = caller("PutRoutingRule", **which, **whole, Priority=5)

    assert (changed["Priority"], changed["Conditions"]) == (5, [base_paths("a")])
    assert changed["Actions"] == whole["Actions"]
    caller("DeleteRoutingRule", **which)
    for operation in ("GetRoutingRule", "DeleteRoutingRule"):
        with pytest.raises(Missing):
            caller(operation, **which)
    with pytest.raises(Missing):
        caller("GetRoutingRule", DomainName=NAME, RoutingRuleId="\x00")


def test_a_domain_has_a_quota_of_rules(
    caller: Caller, api_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.quotas.ROUTING_RULES_PER_DOMAIN", 1)
    create(caller, api_id)

    with pytest.raises(Exceeded):
        create(caller, api_id, Priority=11)


class TestServed:
    @pytest.fixture
    def apis(self, caller: Caller, api_id: str) -> dict[str, str]:
        return {
            each: add_rest_api(caller.kernel.database, each) for each in ("beta", "paths", "all")
        } | {"mapped": api_id}

    def lead(self, served: SnapshotHolder, path: str, **sent: str) -> tuple[str, str]:
        address = match_address(served.current, NAME, path)
        assert address is not None
        sent = {name.replace("_", "-"): value for name, value in sent.items()}
        found = routed(served.current, address, sent)
        return found.api_id, found.path

    def test_rules_come_before_mappings_by_priority(
        self, caller: Caller, apis: dict[str, str], served: SnapshotHolder
    ) -> None:
        api_mapping(caller, apis["mapped"], "shop")
        create(caller, "paths", base_paths("shop/v2", "shop/v2/deep"), Priority=20)
        create(
            caller,
            "beta",
            headers(("X-Version", "beta*"), ("X-Other", "1")),
            base_paths("shop"),
            Priority=10,
            Actions=invoke("beta", StripBasePath=True),
        )

        assert self.lead(served, "/shop/1", x_version="beta-2") == ("beta", "/1")
        assert self.lead(served, "/shop/v2/1", x_other="1") == ("beta", "/v2/1")
        assert self.lead(served, "/shop/v2/1") == ("paths", "/shop/v2/1")
        assert self.lead(served, "/shop/1", x_version="Beta") == (apis["mapped"], "/1")
        assert self.lead(served, "/shop/1") == (apis["mapped"], "/1")
        assert self.lead(served, "/elsewhere", x_version="beta") == ("", "/elsewhere")

    def test_all_conditions_must_hold_and_none_takes_everything(
        self, caller: Caller, apis: dict[str, str], served: SnapshotHolder
    ) -> None:
        create(caller, "beta", headers(("a", "1")), headers(("b", "2")), Priority=1)
        assert self.lead(served, "/x", a="1", b="2") == ("beta", "/x")
        assert self.lead(served, "/x", a="1") == ("", "/x")

        create(caller, "all", Priority=2)

        assert self.lead(served, "/x", a="1") == ("all", "/x")

    def test_the_mode_decides_whether_rules_and_mappings_are_asked(
        self, caller: Caller, apis: dict[str, str], served: SnapshotHolder
    ) -> None:
        api_mapping(caller, apis["mapped"])
        create(caller, "beta", headers(("a", "1")))

        caller("UpdateDomainName", DomainName=NAME, RoutingMode="ROUTING_RULE_ONLY")
        assert self.lead(served, "/x", a="1") == ("beta", "/x")
        assert self.lead(served, "/x") == ("", "/x")

        caller("UpdateDomainName", DomainName=NAME, RoutingMode="API_MAPPING_ONLY")
        assert self.lead(served, "/x", a="1") == (apis["mapped"], "/x")


@pytest.mark.parametrize(
    ("glob", "good", "bad"),
    [
        ("a*", ["a", "account", "a*b"], ["b", "Account", ""]),
        ("*a", ["a", "alpha"], ["account"]),
        ("*a*", ["a", "beta!", "cab"], ["b", ""]),
        ("*", ["", "anything"], []),
        ("**", ["", "anything"], []),
        ("a", ["a"], ["ab", "A", ""]),
    ],
)
def test_a_glob_has_its_star_at_an_end(glob: str, good: list[str], bad: list[str]) -> None:
    assert all(matches(glob, value) for value in good)
    assert not any(matches(glob, value) for value in bad)
