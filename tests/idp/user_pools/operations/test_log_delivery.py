"""Log delivery: which configurations are taken, and what is exported."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.models import UserPool
from idp.user_pools.services import log_delivery
from kernel.log_delivery.delivery import LogDelivery
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    Pool,
    World,
    new_email,
    new_name,
    outcome,
    refused,
)
from tests.kernel.log_delivery.conftest import Collector, collector

__all__ = ["collector"]

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/pool"
STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/events"
BUCKET = "arn:aws:s3:::pool-logs"


def notifications(arn: str = GROUP, **more: Any) -> dict[str, Any]:
    return {
        "LogLevel": "ERROR",
        "EventSource": "userNotification",
        "CloudWatchLogsConfiguration": {"LogGroupArn": arn},
        **more,
    }


def events(member: str, name: str, arn: str, level: str = "INFO") -> dict[str, Any]:
    return {"LogLevel": level, "EventSource": "userAuthEvents", member: {name: arn}}


TO_STREAM = events("FirehoseConfiguration", "StreamArn", STREAM)
TO_BUCKET = events("S3Configuration", "BucketArn", BUCKET)


def configure(pool: Pool, *configurations: dict[str, Any]) -> Any:
    return pool.call("set_log_delivery_configuration", LogConfigurations=list(configurations))[
        "LogDeliveryConfiguration"
    ]


def lines(world: World, name: str = "%2Faws%2Fvendedlogs%2Fpool") -> list[dict[str, Any]]:
    world.kernel.of(LogDelivery).flush()
    file = world.folder / "logs" / "000000000000" / "us-east-1" / f"{name}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def stored(world: World, pool: Pool) -> UserPool:
    return world.kernel.database.read(lambda session: session.get_one(UserPool, pool.id))


@pytest.fixture(scope="module")
def broken(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server whose SMS sender is away, and that may export everywhere."""
    assert world  # its pools get their keys quickly
    made = World(
        tmp_path_factory.mktemp("broken"),
        sms_sender="webhook",
        sms_webhook_url="http://127.0.0.1:18398/",
        firehose_url="http://127.0.0.1:18397/",
        s3_url="http://127.0.0.1:18396",
        s3_access_key_id="AKIDEXAMPLE",
        s3_secret_access_key="secret",
    )
    yield made
    made.close()


def test_configuration_is_set_described_and_taken_away(broken: World) -> None:
    pool = broken.pool(UserPoolTier="PLUS")
    empty = {"UserPoolId": pool.id, "LogConfigurations": []}
    assert pool.call("get_log_delivery_configuration")["LogDeliveryConfiguration"] == empty
    wanted = [notifications(), TO_BUCKET]
    made = configure(pool, *wanted)
    assert made == {"UserPoolId": pool.id, "LogConfigurations": wanted}
    assert pool.call("get_log_delivery_configuration")["LogDeliveryConfiguration"] == made
    assert configure(pool, TO_STREAM)["LogConfigurations"] == [TO_STREAM]
    assert configure(pool) == empty


@pytest.mark.parametrize(
    ("configurations", "message"),
    [
        ([notifications(LogLevel="INFO")], "LogLevel of userNotification"),
        ([events("S3Configuration", "BucketArn", BUCKET, "ERROR")], "LogLevel of userAuthEvents"),
        ([{**TO_BUCKET, "EventSource": "userNotification", "LogLevel": "ERROR"}], "can only have"),
        ([{**TO_BUCKET, **TO_STREAM}], "one destination"),
        ([{"LogLevel": "INFO", "EventSource": "userAuthEvents"}], "one destination"),
        ([notifications(), notifications()], "once"),
        ([notifications(GROUP.replace("us-east-1", "eu-west-1"))], "account and region"),
        ([notifications(GROUP.replace("000000000000", "111111111111"))], "account and region"),
        ([notifications(STREAM)], "not the ARN"),
        ([notifications(GROUP + "x" * 240)], "too long"),
        ([events("S3Configuration", "BucketArn", "arn:aws:s3:::../x")], "not the ARN"),
        ([events("S3Configuration", "BucketArn", BUCKET + "/a")], "not the ARN"),
        ([events("FirehoseConfiguration", "StreamArn", GROUP)], "not the ARN"),
        ([notifications(CloudWatchLogsConfiguration={})], "not the ARN"),
    ],
)
def test_configuration_that_goes_nowhere_is_refused(
    broken: World, configurations: list[dict[str, Any]], message: str
) -> None:
    pool = broken.pool(UserPoolTier="PLUS")
    with refused("InvalidParameterException", message):
        configure(pool, *configurations)
    found = pool.call("get_log_delivery_configuration")["LogDeliveryConfiguration"]
    assert found["LogConfigurations"] == []


@pytest.mark.parametrize(
    ("wanted", "setting"), [(TO_STREAM, "firehose_url"), (TO_BUCKET, "s3_url")]
)
def test_sink_that_the_server_has_not_is_refused_by_its_setting(
    world: World, wanted: dict[str, Any], setting: str
) -> None:
    with refused("InvalidParameterException", setting):
        configure(world.pool(UserPoolTier="PLUS"), wanted)


def test_events_are_exported_by_pools_of_the_plus_tier(broken: World) -> None:
    with refused("FeatureUnavailableInTierException"):
        configure(broken.pool(), TO_STREAM)


def test_events_reach_streams_and_buckets(
    world: World, tmp_path: Path, collector: Collector
) -> None:
    assert world  # its pools get their keys quickly
    made = World(
        tmp_path,
        firehose_url=f"{collector.url}/firehose",
        s3_url=collector.url,
        s3_access_key_id="AKIDEXAMPLE",
        s3_secret_access_key="secret",
    )
    for wanted in (TO_STREAM, TO_BUCKET):
        pool = made.pool(UserPoolTier="PLUS")
        configure(pool, wanted)
        log_delivery.emit(made.kernel, stored(made, pool), "userAuthEvents", "INFO", {"x": 1})
    made.close()  # which delivers what still waits
    received = {method: (path, body) for method, path, _, body in collector.received}
    path, body = received["PUT"]
    assert path.startswith(f"/pool-logs/AWSLogs/000000000000/cognito-idp/us-east-1/{pool.id}/")
    assert json.loads(body)["message"] == {"x": 1}
    path, body = received["POST"]
    assert path == "/firehose"
    (record,) = json.loads(body)["records"]
    assert json.loads(base64.b64decode(record["data"]))["eventSource"] == "USER_ACTIVITY"


def test_pool_of_another_account_is_not_found(world: World) -> None:
    pool, stranger = world.pool(), world.client(key="OTHER")
    with refused("ResourceNotFoundException"):
        stranger.get_log_delivery_configuration(UserPoolId=pool.id)
    with refused("ResourceNotFoundException"):
        stranger.set_log_delivery_configuration(UserPoolId=pool.id, LogConfigurations=[])


def test_message_that_fails_is_in_the_log_without_its_code(broken: World) -> None:
    pool = broken.pool(AutoVerifiedAttributes=["phone_number"])
    client = pool.client()
    with refused("CodeDeliveryFailureException"):
        client.sign_up(new_name(), phone_number="+15550100001")
    before = len(lines(broken))
    configure(pool, notifications())
    with refused("CodeDeliveryFailureException"):
        client.sign_up(new_name(), phone_number="+15550100002")
    (entry,) = lines(broken)[before:]
    details = entry["message"]["details"]
    assert details.startswith("CustomMessage_SignUp: ")
    assert entry == {
        "eventTimestamp": str(int(broken.time.now * 1000)),
        "eventSource": "USER_NOTIFICATION",
        "logLevel": "ERROR",
        "message": {"details": details},
        "logSourceId": {"userPoolId": pool.id},
    }
    assert "+1555" not in details
    assert not any(word.isdigit() and len(word) == 6 for word in details.split())


def test_entry_goes_where_its_source_and_level_do(world: World) -> None:
    pool = world.pool(UserPoolTier="PLUS")
    name = f"group-{new_name()}"
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{name}"
    configure(pool, events("CloudWatchLogsConfiguration", "LogGroupArn", arn))
    row = stored(world, pool)
    log_delivery.emit(world.kernel, row, "userAuthEvents", "INFO", {"eventType": "SignIn"})
    log_delivery.emit(world.kernel, row, "userAuthEvents", "ERROR", {"eventType": "no"})
    log_delivery.emit(world.kernel, row, "userNotification", "ERROR", {"details": "no"})
    (entry,) = lines(world, name)
    assert (entry["eventSource"], entry["message"]) == ("USER_ACTIVITY", {"eventType": "SignIn"})
    configure(pool)
    log_delivery.emit(world.kernel, row, "userAuthEvents", "INFO", {"eventType": "later"})
    assert len(lines(world, name)) == 1


def test_what_a_watched_user_does_is_exported(world: World) -> None:
    name = f"group-{new_name()}"
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{name}"
    pool = world.email_pool(UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    configure(pool, events("CloudWatchLogsConfiguration", "LogGroupArn", arn))
    client, email = pool.client(), new_email()
    sub = pool.create_user(email)
    for password in ("Wrong-horse-9", PASSWORD):
        outcome(lambda given=password: client.sign_in(email, given))
    outcome(lambda: client.sign_in(new_email()))
    client.sign_up(new_email())
    exported = [entry["message"] for entry in lines(world, name)]
    told = [(each["eventType"], each["eventResponse"]) for each in exported]
    assert told == [("SIGN_IN", "FAIL"), ("SIGN_IN", "PASS"), ("SIGN_UP", "IN_PROGRESS")]
    assert exported[0]["challenges"] == ["Password:Failure"]
    assert (exported[1]["userSub"], exported[1]["clientId"]) == (sub, client.id)
    assert exported[1]["ipAddress"] == "127.0.0.1"
    assert PASSWORD not in json.dumps(exported)


def test_entry_that_cannot_be_written_costs_nobody_anything(world: World) -> None:
    pool = world.pool()
    configure(pool, notifications())
    row = stored(world, pool)
    log_delivery.emit(world.kernel, row, "userNotification", "ERROR", {"details": {1, 2}})
    log_delivery.emit(world.kernel, row, "userNotification", "ERROR", {2: object()})  # type: ignore[dict-item]


def test_pool_without_a_configuration_asks_the_database_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = stored(world, world.pool())
    log_delivery.emit(world.kernel, row, "userAuthEvents", "INFO", {})
    monkeypatch.setattr(world.kernel.database, "look_up", None)
    monkeypatch.setattr(world.kernel.database, "read", None)
    monkeypatch.setattr(log_delivery.log, "warning", pytest.fail)
    log_delivery.emit(world.kernel, row, "userAuthEvents", "INFO", {})


def test_deleted_pool_takes_its_configuration_along(world: World) -> None:
    pool = world.email_pool()
    configure(pool, notifications())
    pool.create_user(new_email())
    world.admin.delete_user_pool(UserPoolId=pool.id)
    with refused("ResourceNotFoundException"):
        pool.call("get_log_delivery_configuration")
