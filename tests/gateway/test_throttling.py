"""API keys, throttles and quotas in the chain: which buckets a request passes, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.chain import Decision, run_from
from gateway.context import Address, Caller, Identified, Reply, Request
from gateway.effects import FingerprintKey, SpendQuota, TakeToken
from gateway.handlers.check_api_key import check_api_key
from gateway.handlers.spend_quota import spend_quota
from gateway.handlers.throttle import throttle
from gateway.performers import Performers
from gateway.performers.api_keys import fingerprinting
from gateway.performers.tokens import taking
from gateway.route_tree import Match
from gateway.snapshot import (
    Api,
    ApiKey,
    PlanOfKey,
    RestIntegration,
    RestSettings,
    Route,
    Snapshot,
    Stage,
    Throttle,
)
from kernel.shared_state.in_process import InProcess
from kernel.shared_state.valkey import Valkey

ACCOUNT, REGION, API_ID = "000000000000", "us-east-1", "rest1234567"
VALUE = "a-key-of-the-tests-1234567890"
HERE = frozenset({(API_ID, "prod")})
ROUTE = Route("GET /pets", RestIntegration("MOCK"), api_key_required=True)
PASSED = Reply(200)


def passed(_context: Identified) -> Reply:
    return PASSED


@dataclass
class Gate:
    """The handlers between the authorizer and the integration, on a clock that tests turn."""

    keys: Mapping[str, ApiKey] = field(default_factory=dict)
    route: Route = ROUTE
    now: float = 1000.0
    account: Throttle | None = None
    stage: dict[str, Any] = field(default_factory=dict)
    within_quota: bool | None = True
    effects: list[Any] = field(default_factory=list)
    take: Callable[[TakeToken], bool] | None = None

    def __post_init__(self) -> None:
        self.take = self.take or taking(InProcess(lambda: self.now), lambda: self.now)
        self._performers = Performers(
            {
                FingerprintKey: fingerprinting(lambda value: f"fingerprint of {value}"),
                TakeToken: self.take,
                SpendQuota: lambda _effect: self.within_quota,
            }
        )

    def perform(self, effect: Any) -> Any:
        self.effects.append(effect)
        return self._performers(effect)

    def call(self, key: str | None = VALUE, *, usage_key: str = "") -> Decision:
        context = self._context({} if key is None else {"x-api-key": key}, usage_key)
        return run_from(context, (check_api_key, throttle, spend_quota, passed), self.perform)

    def status(self, key: str | None = VALUE, **options: Any) -> int:
        return self.call(key, **options).answer.status

    def _context(self, headers: Mapping[str, str], usage_key: str) -> Identified:
        stage = Stage("prod", (self.route,), **{"rest": RestSettings(), **self.stage})
        api = Api(
            API_ID,
            "pets",
            {"prod": stage},
            protocol="REST",
            account=ACCOUNT,
            region=REGION,
            account_throttle=self.account,
        )
        snapshot = Snapshot({API_ID: api}, keys=self.keys)
        return Identified(
            Request("id", "GET", "https", "h", 10, "", headers, "127.0.0.1"),
            Address(API_ID, "prod", "/pets"),
            snapshot,
            api,
            stage,
            Match(self.route, {}),
            caller=Caller(usage_key=usage_key),
        )


def key(*plans: PlanOfKey, **changes: Any) -> dict[str, ApiKey]:
    made = ApiKey("k1", **{"account": ACCOUNT, "region": REGION, "enabled": True, **changes})
    made = ApiKey(made.id, made.account, made.region, made.enabled, plans)
    return {f"fingerprint of {VALUE}": made}


class TestKeys:
    def test_a_key_of_a_plan_of_this_stage_opens_the_method(self):
        plan = PlanOfKey("p1", HERE)

        decision = Gate(key(plan)).call()

        assert decision.answer is PASSED
        assert (decision.context.key.id, decision.context.plan) == ("k1", plan)

    @pytest.mark.parametrize("value", [None, "", "short", "x" * 20, VALUE + "x", "x" * 200])
    def test_any_other_value_is_forbidden(self, value):
        answer = Gate(key(PlanOfKey("p1", HERE))).call(value).answer

        assert (answer.status, answer.kind) == (403, "INVALID_API_KEY")
        assert answer.body == b'{"message":"Forbidden"}'

    @pytest.mark.parametrize(
        "keys",
        [
            key(),
            key(PlanOfKey("p1", frozenset({(API_ID, "dev")}))),
            key(PlanOfKey("p1", frozenset({("another", "prod")}))),
            key(PlanOfKey("p1", HERE), enabled=False),
            key(PlanOfKey("p1", HERE), account="111111111111"),
        ],
        ids=["no plan", "another stage", "another API", "disabled", "another account"],
    )
    def test_a_key_that_does_not_open_this_stage_is_forbidden(self, keys):
        assert Gate(keys).call().answer.kind == "INVALID_API_KEY"

    def test_a_method_that_asks_for_no_key_ignores_one(self):
        gate = Gate(key(), Route("GET /pets", RestIntegration("MOCK")))

        assert gate.status("whatever") == gate.status(None) == 200
        assert gate.effects == []

    def test_the_plan_of_this_stage_is_chosen(self):
        plans = [PlanOfKey("p1", frozenset({(API_ID, "dev")})), PlanOfKey("p2", HERE)]

        assert Gate(key(*plans)).call().context.plan.plan_id == "p2"

    def test_the_authorizer_may_name_the_key(self):
        by_authorizer = {"rest": RestSettings(api_key_source="AUTHORIZER")}
        gate = Gate(key(PlanOfKey("p1", HERE)), stage=by_authorizer)

        assert gate.status(None, usage_key=VALUE) == 200
        assert gate.status(VALUE) == 403
        assert Gate(key(PlanOfKey("p1", HERE))).status(None, usage_key=VALUE) == 403


class TestThrottles:
    def test_buckets_are_charged_in_the_guides_order(self):
        plan = PlanOfKey(
            "p1",
            HERE,
            throttle=Throttle(4, 4),
            method_throttles={(API_ID, "prod", "GET /pets"): Throttle(3, 3)},
        )
        route = {"route_throttles": {"GET /pets": Throttle(2, 2)}}
        gate = Gate(key(plan), account=Throttle(1, 1), stage=route)

        assert gate.status() == 200

        taken = [effect for effect in gate.effects if isinstance(effect, TakeToken)]
        assert [effect.bucket for effect in taken] == [
            f"gateway/key/p1/k1/{API_ID}/prod/GET /pets",
            "gateway/key/p1/k1",
            f"gateway/{API_ID}/prod/GET /pets",
            f"gateway/account/{ACCOUNT}/{REGION}",
        ]
        assert [effect.burst for effect in taken] == [3, 4, 2, 1]

    @pytest.mark.parametrize("level", ["client", "method of the plan", "stage", "route", "account"])
    def test_each_level_refuses_by_itself(self, level):
        one = Throttle(0.001, 1)
        plan = PlanOfKey("p1", HERE)
        options: dict[str, Any] = {}
        if level == "client":
            plan = PlanOfKey("p1", HERE, throttle=one)
        elif level == "method of the plan":
            methods = {(API_ID, "prod", "GET /pets"): one}
            plan = PlanOfKey("p1", HERE, method_throttles=methods)
        elif level == "stage":
            options["stage"] = {"default_throttle": one}
        elif level == "route":
            options["stage"] = {"route_throttles": {"GET /pets": one}}
        else:
            options["account"] = one
        gate = Gate(key(plan), **options)

        assert gate.status() == 200
        answer = gate.call().answer
        assert (answer.status, answer.kind) == (429, "THROTTLED")
        assert answer.body == b'{"message":"Too Many Requests"}'

    def test_a_burst_in_the_first_millisecond_gets_exactly_the_burst_through(self):
        gate = Gate(key(PlanOfKey("p1", HERE, throttle=Throttle(10, 25))))
        statuses = []
        for number in range(100):
            gate.now = 1000.0 + number / 100_000
            statuses.append(gate.status())

        assert statuses == [200] * 25 + [429] * 75

    def test_an_even_second_gets_the_rate_through(self):
        gate = Gate(key(PlanOfKey("p1", HERE, throttle=Throttle(10, 1))))
        statuses = []
        for number in range(100):
            gate.now = 1000.0 + number / 100
            statuses.append(gate.status())

        assert statuses.count(200) == 10
        assert statuses[0] == 200

    def test_an_account_has_5000_at_once_and_10000_in_an_even_second(self):
        gate = Gate(key(PlanOfKey("p1", HERE)), account=Throttle(10_000, 5_000))

        assert [gate.status() for _ in range(5_002)].count(200) == 5_000
        passed_then = 0
        for number in range(20_000):
            gate.now = 1000.0 + (number + 1) / 20_000
            passed_then += gate.status() == 200
        assert passed_then == 10_000

    def test_what_is_refused_spends_no_quota(self):
        plan = PlanOfKey("p1", HERE, throttle=Throttle(0.001, 1), quota=100)
        gate = Gate(key(plan))

        assert [gate.status() for _ in range(3)] == [200, 429, 429]
        assert sum(isinstance(effect, SpendQuota) for effect in gate.effects) == 1

    def test_two_workers_share_a_clients_bucket(self, valkey_url):
        workers = [Valkey(valkey_url), Valkey(valkey_url)]
        plan = PlanOfKey("shared", HERE, throttle=Throttle(0.1, 10))
        gates = [Gate(key(plan), take=taking(worker)) for worker in workers]

        statuses = [gates[number % 2].status() for number in range(60)]

        assert statuses.count(200) == 10
        for worker in workers:
            worker.close()


class TestQuotas:
    def test_a_plans_quota_is_asked_for_the_key(self):
        plan = PlanOfKey("p1", HERE, quota=100, quota_period="WEEK", quota_offset=1)
        gate = Gate(key(plan))

        assert gate.status() == 200
        assert gate.effects[-1] == SpendQuota("p1", "k1", 100, "WEEK", 1)

    def test_beyond_the_quota_is_too_much(self):
        answer = Gate(key(PlanOfKey("p1", HERE, quota=1)), within_quota=False).call().answer

        assert (answer.status, answer.kind) == (429, "QUOTA_EXCEEDED")
        assert answer.body == b'{"message":"Limit Exceeded"}'

    def test_what_nobody_can_count_is_not_served(self):
        gate = Gate(key(PlanOfKey("p1", HERE, quota=1)), within_quota=None)

        assert gate.status() == 503

    def test_a_plan_without_a_quota_counts_nothing(self):
        gate = Gate(key(PlanOfKey("p1", HERE)))

        assert gate.status() == 200
        assert [type(effect) for effect in gate.effects] == [FingerprintKey]
