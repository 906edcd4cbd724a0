from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.control.compiling.compiler import Compiler
from gateway.control.refresher import Refresher
from gateway.control.versions import version
from gateway.snapshot import AccessLog, SnapshotHolder, Throttle
from kernel.database import Database
from kernel.runtime import Kernel
from kernel.shared_state.in_process import InProcess
from tests.gateway.control.caller import Caller


def _eventually(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_worker_serves_its_own_change_when_the_operation_answers(
    caller: Caller, served: SnapshotHolder
) -> None:
    api_id = caller.create_api(Target="https://backend.example")
    assert api_id in served.current.apis

    caller("DeleteApi", ApiId=api_id)

    assert api_id not in served.current.apis


def test_worker_that_is_told_nothing_notices_a_change_by_itself(
    kernel: Kernel, served: SnapshotHolder
) -> None:
    elsewhere = Caller(replace(kernel, shared_state=InProcess()))

    api_id = elsewhere.create_api()

    assert _eventually(lambda: api_id in served.current.apis)


def test_worker_that_starts_later_serves_what_there_is(caller: Caller, kernel: Kernel) -> None:
    api_id = caller.create_api()
    holder = SnapshotHolder()
    refresher = Refresher(kernel.database, kernel.shared_state, holder)

    refresher.start()

    assert api_id in holder.current.apis
    refresher.stop()


def test_request_keeps_the_snapshot_that_it_began_with(
    caller: Caller, served: SnapshotHolder
) -> None:
    api_id = caller.create_api()
    begun = served.current

    caller("DeleteApi", ApiId=api_id)

    assert api_id in begun.apis
    with pytest.raises(TypeError):
        begun.apis["x"] = begun.apis[api_id]  # type: ignore[index]


def test_last_snapshot_is_served_on_while_the_database_is_away(
    caller: Caller, kernel: Kernel, served: SnapshotHolder
) -> None:
    api_id = caller.create_api()
    kernel.database.write(
        lambda session: session.execute(text("ALTER TABLE gateway_stages RENAME TO away"))
    )
    caller.kernel.shared_state.publish("gateway-config", b"1000000")

    assert api_id in served.current.apis


def test_refused_change_counts_as_none(caller: Caller, kernel: Kernel) -> None:
    caller.create_api()
    before = kernel.database.read(version)

    with pytest.raises(Exception, match="CORS"):
        caller.create_api(CorsConfiguration={"AllowMethods": ["x"]})

    assert before == 1
    assert kernel.database.read(version) == before


def test_stage_that_did_not_change_is_not_compiled_again(
    caller: Caller, served: SnapshotHolder
) -> None:
    first = caller.create_api(Target="https://backend.example")
    compiled = served.current.apis[first].stages["$default"]

    caller.create_api(Target="https://backend.example")
    assert served.current.apis[first].stages["$default"] is compiled

    caller("UpdateStage", ApiId=first, StageName="$default", StageVariables={"a": "1"})
    assert served.current.apis[first].stages["$default"].variables == {"a": "1"}


def test_stage_carries_its_settings_into_the_snapshot(
    caller: Caller, database: Database, tmp_path: Path
) -> None:
    caller = Caller(replace(caller.kernel, database=database))
    api_id = caller.create_api(DisableExecuteApiEndpoint=True)
    caller.create_route(api_id, "GET /pets")
    caller.create_route(api_id, "$default")
    log = {
        "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:pets",
        "Format": "$context.requestId $context.status",
    }
    caller(
        "CreateStage",
        ApiId=api_id,
        StageName="dev",
        AutoDeploy=True,
        StageVariables={"host": "a.example"},
        DefaultRouteSettings={"ThrottlingRateLimit": 5.0},
        RouteSettings={"GET /pets": {"ThrottlingRateLimit": 1.5, "ThrottlingBurstLimit": 2}},
        AccessLogSettings=log,
    )

    api = database.read(Compiler().load).apis[api_id]

    stage = api.stages["dev"]
    assert api.execute_api_endpoint is False
    assert stage.variables == {"host": "a.example"}
    assert stage.default_throttle == Throttle(5.0, 5000)
    assert stage.route_throttles == {"GET /pets": Throttle(1.5, 2)}
    assert stage.access_log == AccessLog(log["DestinationArn"], log["Format"])
    found = stage.tree.find("GET", ("pets",))
    assert found is not None
    assert found.route.target.uri == "https://backend.example/{proxy}"
