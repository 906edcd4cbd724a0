from __future__ import annotations

from sqlalchemy import update

from gateway.control.compiling.compiler import Compiler
from gateway.control.models import Deployment
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree


def _released(caller: Caller) -> Tree:
    tree = Tree.planted(caller)
    mock(tree)
    deploy(tree, stageName="dev")
    return tree


def test_stage_that_cannot_be_compiled_keeps_no_other_from_being_served(caller: Caller) -> None:
    broken, whole = _released(caller), _released(caller)
    breaks = update(Deployment).where(Deployment.api_id == broken.api).values(definition={"a": 1})
    caller.kernel.database.write(lambda session: session.execute(breaks))

    apis = caller.kernel.database.read(Compiler().load).apis

    assert apis[broken.api].stages == {}
    assert set(apis[whole.api].stages) == {"dev"}


def test_canary_that_changes_is_compiled_again(caller: Caller, served: SnapshotHolder) -> None:
    tree = _released(caller)
    stage = served.current.apis[tree.api].stages["dev"]

    tree.patch("UpdateStage", ("replace", "/canarySettings/percentTraffic", "5"), stageName="dev")

    changed = served.current.apis[tree.api].stages["dev"]
    assert changed is not stage
    assert changed.canary is not None
    assert changed.canary.percent == 5.0


def test_working_copy_changes_nothing_that_is_served(
    caller: Caller, served: SnapshotHolder
) -> None:
    tree = _released(caller)
    before = served.current

    mock(tree, resourceId=tree.resource("pets"))
    tree("CreateModel", name="Pet", contentType="application/json", schema='{"type":"object"}')
    tree("PutGatewayResponse", responseType="THROTTLED", statusCode="420")

    assert served.current is before
