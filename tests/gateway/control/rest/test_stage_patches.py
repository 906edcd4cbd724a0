from __future__ import annotations

from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.snapshot import Caching, SnapshotHolder, Throttle
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree

DEFAULTS = {
    "cacheDataEncrypted": False,
    "cacheTtlInSeconds": 300,
    "cachingEnabled": False,
    "dataTraceEnabled": False,
    "metricsEnabled": False,
    "requireAuthorizationForCacheControl": True,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


@pytest.fixture
def tree(caller: Caller) -> Tree:
    tree = Tree.planted(caller)
    mock(tree)
    mock(tree, resourceId=tree.resource("pets", "{id}"))
    mock(tree, resourceId=tree.resource("dogs"), httpMethod="POST")
    deploy(tree, stageName="dev")
    return tree


def _patch(tree: Tree, *patches: tuple[str, ...]) -> Any:
    return tree.patch("UpdateStage", *patches, stageName="dev")


@pytest.mark.parametrize(
    ("path", "value", "member", "shown"),
    [
        ("/description", "New", "description", "New"),
        ("/tracingEnabled", "true", "tracingEnabled", True),
        ("/cacheClusterEnabled", "true", "cacheClusterEnabled", True),
        ("/cacheClusterSize", "6.1", "cacheClusterSize", "6.1"),
        ("/variables/host", "a.example:8080/x", "variables", {"host": "a.example:8080/x"}),
    ],
)
def test_members_are_replaced(tree: Tree, path: str, value: str, member: str, shown: Any) -> None:
    assert _patch(tree, ("replace", path, value))[member] == shown
    assert tree("GetStage", stageName="dev")[member] == shown


@pytest.mark.parametrize(
    ("setting", "value", "member", "shown"),
    [
        ("metrics/enabled", "true", "metricsEnabled", True),
        ("logging/loglevel", "INFO", "loggingLevel", "INFO"),
        ("logging/dataTrace", "true", "dataTraceEnabled", True),
        ("throttling/burstLimit", "7", "throttlingBurstLimit", 7),
        ("throttling/burstLimit", "-1", "throttlingBurstLimit", -1),
        ("throttling/rateLimit", "2.5", "throttlingRateLimit", 2.5),
        ("throttling/rateLimit", "-1", "throttlingRateLimit", -1.0),
        ("caching/ttlInSeconds", "60", "cacheTtlInSeconds", 60),
        ("caching/enabled", "true", "cachingEnabled", True),
        ("caching/dataEncrypted", "true", "cacheDataEncrypted", True),
        (
            "caching/requireAuthorizationForCacheControl",
            "false",
            "requireAuthorizationForCacheControl",
            False,
        ),
        (
            "caching/unauthorizedCacheControlHeaderStrategy",
            "FAIL_WITH_403",
            "unauthorizedCacheControlHeaderStrategy",
            "FAIL_WITH_403",
        ),
    ],
)
@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("*/*", "*/*"),
        ("~1pets~1{id}/GET", "pets/{id}/GET"),
        ("pets/{id}/GET", "pets/{id}/GET"),
        ("~1/GET", "~1/GET"),
    ],
)
def test_each_setting_of_a_method_has_a_path(
    tree: Tree, path: str, key: str, setting: str, value: str, member: str, shown: Any
) -> None:
    changed = _patch(tree, ("replace", f"/{path}/{setting}", value))
    assert changed["methodSettings"] == {key: {**DEFAULTS, member: shown}}


def test_method_has_what_its_stage_sets_unless_it_sets_it_itself(tree: Tree) -> None:
    changed = _patch(
        tree,
        ("replace", "/*/*/throttling/burstLimit", "123"),
        ("replace", "/*/*/caching/enabled", "true"),
        ("replace", "/~1dogs/POST/throttling/burstLimit", "124"),
    )
    assert changed["methodSettings"] == {
        "*/*": {**DEFAULTS, "throttlingBurstLimit": 123, "cachingEnabled": True},
        "dogs/POST": {**DEFAULTS, "throttlingBurstLimit": 124, "cachingEnabled": True},
    }


def test_settings_of_a_method_are_removed_at_once(tree: Tree) -> None:
    _patch(tree, ("replace", "/~1dogs/POST/metrics/enabled", "true"))
    _patch(tree, ("replace", "/*/*/metrics/enabled", "true"))

    changed = _patch(tree, ("remove", "/~1dogs/POST"), ("remove", "/*/*"))

    assert changed["methodSettings"] == {}
    with pytest.raises(
        Invalid,
        match=r"^Cannot remove method setting \*/\* because there is no method setting for this "
        "method $",
    ):
        _patch(tree, ("remove", "/*/*"))


def test_settings_reach_what_is_served(tree: Tree, served: SnapshotHolder) -> None:
    _patch(
        tree,
        ("replace", "/cacheClusterEnabled", "true"),
        ("replace", "/*/*/throttling/rateLimit", "10"),
        ("replace", "/*/*/throttling/burstLimit", "20"),
        ("replace", "/*/*/caching/enabled", "true"),
        ("replace", "/*/*/caching/ttlInSeconds", "60"),
        ("replace", "/*/*/logging/loglevel", "ERROR"),
        ("replace", "/~1pets~1{id}/GET/throttling/burstLimit", "5"),
        ("replace", "/~1pets~1{id}/GET/caching/ttlInSeconds", "30"),
        ("replace", "/~1pets~1{id}/GET/metrics/enabled", "true"),
        ("replace", "/~1dogs/POST/logging/dataTrace", "true"),
    )

    stage = served.current.apis[tree.api].stages["dev"]

    assert stage.default_throttle is None
    assert stage.route_throttles == {
        "GET /": Throttle(10.0, 20),
        "GET /pets/{id}": Throttle(10.0, 5),
        "POST /dogs": Throttle(10.0, 20),
    }
    assert stage.settings_of("GET /").caching == Caching(ttl=60)
    pets = stage.settings_of("GET /pets/{id}")
    assert (pets.caching, pets.metrics, pets.logging_level) == (Caching(ttl=30), True, "ERROR")
    dogs = stage.settings_of("POST /dogs")
    assert (dogs.caching, dogs.data_trace, dogs.logging_level) == (None, True, "ERROR")


def test_other_methods_than_get_are_cached_where_they_say_so(
    tree: Tree, served: SnapshotHolder
) -> None:
    _patch(
        tree,
        ("replace", "/cacheClusterEnabled", "true"),
        ("replace", "/~1dogs/POST/caching/enabled", "true"),
    )
    stage = served.current.apis[tree.api].stages["dev"]
    assert stage.settings_of("POST /dogs").caching == Caching()
    assert stage.settings_of("GET /").caching is None


def test_nothing_is_cached_without_a_cluster(tree: Tree, served: SnapshotHolder) -> None:
    _patch(tree, ("replace", "/*/*/caching/enabled", "true"))
    stage = served.current.apis[tree.api].stages["dev"]
    assert stage.settings_of("GET /").caching is None


def test_throttle_of_minus_one_is_none(tree: Tree, served: SnapshotHolder) -> None:
    _patch(
        tree,
        ("replace", "/*/*/throttling/rateLimit", "-1"),
        ("replace", "/*/*/throttling/burstLimit", "-1"),
    )
    assert served.current.apis[tree.api].stages["dev"].route_throttles == {}


def test_rate_of_zero_lets_nothing_through(tree: Tree, served: SnapshotHolder) -> None:
    _patch(
        tree,
        ("replace", "/~1/GET/throttling/rateLimit", "0"),
        ("replace", "/~1/GET/throttling/burstLimit", "0"),
    )
    throttles = served.current.apis[tree.api].stages["dev"].route_throttles
    assert throttles == {"GET /": Throttle(0.0, 0)}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/*/*/throttling/rateLimit", "fast"),
        ("/*/*/throttling/rateLimit", "nan"),
        ("/*/*/throttling/rateLimit", "inf"),
        ("/*/*/throttling/rateLimit", "-2"),
        ("/*/*/throttling/burstLimit", "1.5"),
        ("/*/*/throttling/burstLimit", "-2"),
        ("/*/*/throttling/burstLimit", "99999999999"),
        ("/*/*/caching/ttlInSeconds", "3601"),
        ("/*/*/caching/enabled", "yes"),
        ("/*/*/logging/loglevel", "DEBUG"),
        ("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "IGNORE"),
        ("/cacheClusterSize", "1"),
        ("/tracingEnabled", "1"),
        ("/description", "x" * 1025),
        ("/variables/a-b", "1"),
        ("/variables/a", "a b"),
        ("/canarySettings/percentTraffic", "101"),
        ("/canarySettings/percentTraffic", "nan"),
        ("/canarySettings/percentTraffic", "much"),
        ("/canarySettings/useStageCache", "1"),
        ("/canarySettings/stageVariableOverrides/a-b", "1"),
    ],
)
def test_values_that_cannot_be_are_refused(tree: Tree, path: str, value: str) -> None:
    before = tree("GetStage", stageName="dev")
    with pytest.raises(Invalid):
        _patch(tree, ("replace", "/description", "x"), ("replace", path, value))
    assert tree("GetStage", stageName="dev") == before


@pytest.mark.parametrize(
    "path",
    [
        "/documentation_version",
        "/tags/tag1",
        "/stageName",
        "/webAclArn",
        "/canarySettings/badPath",
        "/canarySettings",
        "/methodSettings",
        "/*/*/throttling",
        "/*/*/throttling/other",
        "/*/GET/throttling/rateLimit",
        "/~1pets/*/throttling/rateLimit",
        "/~1pets/get/throttling/rateLimit",
        "/throttling/rateLimit",
        "/variables",
        "/",
    ],
)
def test_other_paths_are_refused_with_the_list_of_aws(tree: Tree, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        _patch(tree, ("replace", path, "1"))
    assert str(refused.value) == (
        f"Invalid method setting path: {path}. Must be one of: [/deploymentId, /description, "
        "/cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, "
        "/accessLogSettings/destinationArn, /accessLogSettings/format, "
        "/{resourcePath}/{httpMethod}/metrics/enabled, "
        "/{resourcePath}/{httpMethod}/logging/dataTrace, "
        "/{resourcePath}/{httpMethod}/logging/loglevel, "
        "/{resourcePath}/{httpMethod}/throttling/burstLimit"
        "/{resourcePath}/{httpMethod}/throttling/rateLimit"
        "/{resourcePath}/{httpMethod}/caching/ttlInSeconds, "
        "/{resourcePath}/{httpMethod}/caching/enabled, "
        "/{resourcePath}/{httpMethod}/caching/dataEncrypted, "
        "/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, "
        "/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, "
        "/*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, "
        "/*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, "
        "/*/*/caching/enabled, /*/*/caching/dataEncrypted, "
        "/*/*/caching/requireAuthorizationForCacheControl, "
        "/*/*/caching/unauthorizedCacheControlHeaderStrategy, "
        "/variables/{variable_name}, /tracingEnabled]"
    )


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (
            ("add", "/canarySettings/deploymentId", "x"),
            "^Invalid add operation with path: /canarySettings/deploymentId$",
        ),
        (("add", "/variables/a", "1"), "^Invalid add operation with path: /variables/a$"),
        (("move", "/description", "1"), "^Invalid move operation with path: /description$"),
        (("test", "/description", "1"), "^Invalid test operation with path: /description$"),
        (("copy", "/description", "1"), "^Invalid copy operation with path: /description$"),
        (("remove", "/description"), "^Cannot remove method setting description because"),
        (("remove", "/variables/a"), "^Cannot remove method setting variables/a because"),
        (("remove", "/canarySettings"), "^Cannot remove method setting canarySettings because"),
        (
            ("remove", "/canarySettings/stageVariableOverrides"),
            "^Cannot remove method setting canarySettings/stageVariableOverrides because there is "
            "no method setting for this method $",
        ),
        (("replace", "/description"), "Missing value"),
    ],
)
def test_other_operations_are_refused_in_the_words_of_aws(
    tree: Tree, patch: tuple[str, ...], why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        _patch(tree, patch)


def test_last_variable_goes_with_the_map(tree: Tree) -> None:
    _patch(tree, ("replace", "/variables/a", "1"), ("replace", "/variables/b", "2"))
    assert _patch(tree, ("remove", "/variables/a"))["variables"] == {"b": "2"}
    assert "variables" not in _patch(tree, ("remove", "/variables/b"))


def test_resource_may_be_named_as_a_member_of_the_stage(tree: Tree) -> None:
    _patch(tree, ("replace", "/variables/GET/metrics/enabled", "true"))
    _patch(tree, ("replace", "/variables/a", "1"))

    changed = _patch(tree, ("remove", "/variables/GET"))

    assert changed["methodSettings"] == {}
    assert changed["variables"] == {"a": "1"}


def test_methods_with_settings_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "METHOD_SETTINGS_PER_STAGE", 1)
    _patch(tree, ("replace", "/~1a/GET/metrics/enabled", "true"))
    with pytest.raises(Invalid, match="at most 1 methods"):
        _patch(tree, ("replace", "/~1b/GET/metrics/enabled", "true"))
