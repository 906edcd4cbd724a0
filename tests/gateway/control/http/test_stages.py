from __future__ import annotations

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.snapshot import Caching, SnapshotHolder
from tests.gateway.control.caller import NOON, Caller

LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:pets"


def test_new_stage_has_the_defaults_of_aws(caller: Caller) -> None:
    api_id = caller.create_api()

    made = caller("CreateStage", ApiId=api_id, StageName="dev")

    assert made == {
        "AutoDeploy": False,
        "CreatedDate": NOON,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False},
        "LastUpdatedDate": NOON,
        "RouteSettings": {},
        "StageName": "dev",
        "StageVariables": {},
        "Tags": {},
    }
    assert caller("GetStage", ApiId=api_id, StageName="dev") == made
    assert caller("GetStages", ApiId=api_id) == {"Items": [made]}


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "$stage", "x" * 129, "..", "a.b"])
def test_stage_names_are_plain(caller: Caller, name: str) -> None:
    with pytest.raises(Invalid):
        caller("CreateStage", ApiId=caller.create_api(), StageName=name)


def test_stage_exists_once(caller: Caller) -> None:
    api_id = caller.create_api()
    caller("CreateStage", ApiId=api_id, StageName="$default")

    with pytest.raises(Conflicting, match="Stage already exists"):
        caller("CreateStage", ApiId=api_id, StageName="$default")


def test_api_has_at_most_its_quota_of_stages(caller: Caller) -> None:
    api_id = caller.create_api()
    for number in range(quotas.STAGES_PER_API):
        caller("CreateStage", ApiId=api_id, StageName=f"s{number}")

    with pytest.raises(Conflicting, match="Maximum number of Stages"):
        caller("CreateStage", ApiId=api_id, StageName="more")


def test_variables_are_added_and_removed_one_by_one(caller: Caller) -> None:
    api_id = caller.create_api()
    caller("CreateStage", ApiId=api_id, StageName="dev", StageVariables={"a": "1", "b": "2"})

    changed = caller(
        "UpdateStage", ApiId=api_id, StageName="dev", StageVariables={"a": "", "c": "x.y:1/z"}
    )

    assert changed["StageVariables"] == {"b": "2", "c": "x.y:1/z"}


@pytest.mark.parametrize(
    "variables",
    [
        {"a-b": "1"},
        {"a": "x y"},
        {"a": "x\r\nHost: evil"},
        {"a": "{b}"},
        {"a" * 65: "1"},
        {"a": "x" * 513},
        {f"v{n}": "1" for n in range(quotas.VARIABLES_PER_STAGE + 1)},
    ],
)
def test_variables_that_could_change_a_request_s_form_are_refused(
    caller: Caller, variables: dict[str, str]
) -> None:
    with pytest.raises(Invalid, match="variable"):
        caller("CreateStage", ApiId=caller.create_api(), StageName="dev", StageVariables=variables)


def test_throttling_is_set_for_the_stage_and_for_a_route(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /pets")
    caller("CreateStage", ApiId=api_id, StageName="dev")

    changed = caller(
        "UpdateStage",
        ApiId=api_id,
        StageName="dev",
        DefaultRouteSettings={"ThrottlingRateLimit": 10.5, "ThrottlingBurstLimit": 20},
        RouteSettings={"GET /pets": {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2}},
    )

    assert changed["DefaultRouteSettings"] == {
        "DetailedMetricsEnabled": False,
        "ThrottlingBurstLimit": 20,
        "ThrottlingRateLimit": 10.5,
    }
    assert changed["RouteSettings"]["GET /pets"]["ThrottlingBurstLimit"] == 2


def test_settings_of_a_route_that_does_not_exist_are_refused(caller: Caller) -> None:
    api_id = caller.create_api()

    with pytest.raises(Missing, match="Unable to find Route by key GET /x within the provided"):
        caller("CreateStage", ApiId=api_id, StageName="dev", RouteSettings={"GET /x": {}})


@pytest.mark.parametrize(
    "settings",
    [
        {"ThrottlingRateLimit": -1.0},
        {"ThrottlingRateLimit": float("nan")},
        {"ThrottlingRateLimit": float("inf")},
        {"ThrottlingBurstLimit": -1},
        {"DataTraceEnabled": True},
        {"LoggingLevel": "INFO"},
    ],
)
def test_route_settings_that_nothing_acts_on_are_refused(
    caller: Caller, settings: dict[str, object]
) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid):
        caller("CreateStage", ApiId=api_id, StageName="dev", DefaultRouteSettings=settings)


def test_route_settings_are_removed_by_route(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id, "GET /pets")
    limits = {"GET /pets": {"ThrottlingRateLimit": 1.0}}
    caller("CreateStage", ApiId=api_id, StageName="dev", RouteSettings=limits)
    request = {"ApiId": api_id, "StageName": "dev", "RouteKey": "GET /pets"}

    caller("DeleteRouteSettings", **request)

    assert caller("GetStage", ApiId=api_id, StageName="dev")["RouteSettings"] == {}
    with pytest.raises(Missing):
        caller("DeleteRouteSettings", **request)


def test_access_log_is_set_and_removed(caller: Caller) -> None:
    api_id = caller.create_api()
    settings = {"DestinationArn": LOG_GROUP, "Format": '{"id":"$context.requestId"}'}

    made = caller("CreateStage", ApiId=api_id, StageName="dev", AccessLogSettings=settings)
    caller("DeleteAccessLogSettings", ApiId=api_id, StageName="dev")

    assert made["AccessLogSettings"] == settings
    assert "AccessLogSettings" not in caller("GetStage", ApiId=api_id, StageName="dev")


@pytest.mark.parametrize(
    "settings",
    [
        {"DestinationArn": LOG_GROUP},
        {"Format": "$context.requestId"},
        {"DestinationArn": "/etc/passwd", "Format": "$context.requestId"},
        {"DestinationArn": LOG_GROUP, "Format": "$context.status"},
        {"DestinationArn": LOG_GROUP, "Format": "$context.requestId\nforged entry"},
        {"DestinationArn": LOG_GROUP, "Format": "$context.requestId" + "x" * 3072},
    ],
)
def test_access_log_that_would_be_useless_or_forged_is_refused(
    caller: Caller, settings: dict[str, str]
) -> None:
    with pytest.raises(Invalid, match=r"[Aa]ccess [Ll]og format|Invalid ARN"):
        caller(
            "CreateStage", ApiId=caller.create_api(), StageName="dev", AccessLogSettings=settings
        )


@pytest.mark.parametrize(
    ("ours", "other"), [("us-east-1", "eu-west-1"), ("000000000000", "111111111111")]
)
def test_a_log_group_elsewhere_is_refused_by_where_it_must_be(
    caller: Caller, ours: str, other: str
) -> None:
    settings = {"DestinationArn": LOG_GROUP.replace(ours, other), "Format": "$context.requestId"}

    with pytest.raises(Invalid, match="account and region: 000000000000, us-east-1"):
        caller(
            "CreateStage", ApiId=caller.create_api(), StageName="dev", AccessLogSettings=settings
        )


def test_client_certificates_are_refused(caller: Caller) -> None:
    with pytest.raises(Invalid, match="ClientCertificateId is not supported"):
        caller("CreateStage", ApiId=caller.create_api(), StageName="d", ClientCertificateId="abc")


def test_deleted_stage_is_missing(caller: Caller) -> None:
    api_id = caller.create_api()
    caller("CreateStage", ApiId=api_id, StageName="dev")

    caller("DeleteStage", ApiId=api_id, StageName="dev")

    for operation in ("GetStage", "UpdateStage", "DeleteStage"):
        with pytest.raises(Missing, match="Invalid Stage identifier specified dev"):
            caller(operation, ApiId=api_id, StageName="dev")


def test_tags_of_a_stage_turn_the_response_cache_on(caller: Caller, served: SnapshotHolder) -> None:
    api_id = caller.create_api()
    tags = {"poolgate:cache-ttl": "60", "poolgate:cache-shared": "true"}
    caller("CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True, Tags=tags)
    caller.create_route(api_id)
    arn = f"arn:aws:apigateway:us-east-1::/apis/{api_id}/stages/$default"

    def caching() -> Caching | None:
        stage = served.current.apis[api_id].stages["$default"]
        return stage.settings_of("GET /pets").caching

    assert caching() == Caching(ttl=60, shared=True)
    caller("TagResource", ResourceArn=arn, Tags={"poolgate:cache-ttl": "5"})
    assert caching() == Caching(ttl=5, shared=True)
    caller("UntagResource", ResourceArn=arn, TagKeys=list(tags))
    assert caching() is None


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("poolgate:cache-ttl", "3601"),
        ("poolgate:cache-ttl", "-1"),
        ("poolgate:cache-ttl", ""),
        ("poolgate:cache-shared", "yes"),
        ("poolgate:cache-stale-if-error", "1e3"),
        ("poolgate:cache", "1"),
    ],
)
def test_a_tag_of_ours_that_says_nothing_sensible_is_refused(
    caller: Caller, key: str, text: str
) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid):
        caller("CreateStage", ApiId=api_id, StageName="dev", Tags={key: text})


def test_a_route_asks_for_metrics_of_its_own(caller: Caller, served: SnapshotHolder) -> None:
    api_id = caller.create_api()
    caller.create_route(api_id)
    caller(
        "CreateStage",
        ApiId=api_id,
        StageName="$default",
        AutoDeploy=True,
        RouteSettings={"GET /pets": {"DetailedMetricsEnabled": True}},
    )
    stage = served.current.apis[api_id].stages["$default"]

    assert stage.settings_of("GET /pets").metrics
    assert not stage.settings_of("GET /cats").metrics
