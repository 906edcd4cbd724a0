from __future__ import annotations

from typing import Any

import pytest

from gateway import quotas
from gateway.control.account.models import (
    CLIENT_CERTIFICATE,
    AccountPart,
    Domain,
    DomainMapping,
)
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from gateway.flushing import AUTHORIZERS, RESPONSES, on_flush
from gateway.snapshot import AccessLog, SnapshotHolder
from tests.gateway.control.caller import NOON, Caller
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree

LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:pets"
FORMAT = "$context.requestId $context.status"


@pytest.fixture
def tree(caller: Caller) -> Tree:
    tree = Tree.planted(caller)
    mock(tree)
    return tree


def _stage(tree: Tree, name: str = "dev", **members: Any) -> Any:
    deployment = members.pop("deploymentId", None) or deploy(tree)
    return tree("CreateStage", stageName=name, deploymentId=deployment, **members)


def _patch(tree: Tree, *patches: tuple[str, ...]) -> Any:
    return tree.patch("UpdateStage", *patches, stageName="dev")


def test_new_stage_says_what_aws_says(tree: Tree, served: SnapshotHolder) -> None:
    deployment = deploy(tree)
    made = _stage(tree, deploymentId=deployment)

    assert made == {
        "stageName": "dev",
        "deploymentId": deployment,
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": False,
        "createdDate": NOON,
        "lastUpdatedDate": NOON,
    }
    assert tree("GetStage", stageName="dev") == made
    assert "dev" in served.current.apis[tree.api].stages


def test_stage_has_its_settings(tree: Tree, served: SnapshotHolder) -> None:
    tree("CreateDocumentationVersion", documentationVersion="v1")
    made = _stage(
        tree,
        description="For developers",
        variables={"host": "a.example"},
        documentationVersion="v1",
        cacheClusterEnabled=True,
        tracingEnabled=True,
        tags={"team": "pets"},
    )

    assert made["description"] == "For developers"
    assert made["documentationVersion"] == "v1"
    assert made["tags"] == {"team": "pets"}
    assert (made["cacheClusterSize"], made["cacheClusterStatus"]) == ("0.5", "AVAILABLE")
    stage = served.current.apis[tree.api].stages["dev"]
    assert stage.variables == {"host": "a.example"}
    assert stage.rest is not None
    assert stage.rest.tracing is True


def test_stage_is_deleted(tree: Tree, served: SnapshotHolder) -> None:
    _stage(tree)
    tree("DeleteStage", stageName="dev")

    assert served.current.apis[tree.api].stages == {}
    for operation in ("GetStage", "UpdateStage", "DeleteStage", "FlushStageCache"):
        with pytest.raises(Missing, match=r"^Invalid stage identifier specified$"):
            tree(operation, stageName="dev")


def test_stage_that_a_domain_leads_to_cannot_be_deleted(tree: Tree) -> None:
    _stage(tree)
    domain = Domain(
        name="a.example", account="000000000000", region="us-east-1", document={}, created=NOON
    )
    mapping = DomainMapping(domain="a.example", id="m", prefix="", api_id=tree.api, stage="dev")
    database = tree.caller.kernel.database
    database.write(lambda session: (session.add(domain), session.flush(), session.add(mapping)))

    with pytest.raises(Invalid, match="remove all base path mappings"):
        tree("DeleteStage", stageName="dev")


def test_stages_are_listed_by_deployment(tree: Tree) -> None:
    first, second = deploy(tree), deploy(tree)
    _stage(tree, "a", deploymentId=first)
    _stage(tree, "b", deploymentId=second)

    assert [each["stageName"] for each in tree("GetStages")["item"]] == ["a", "b"]
    listed = tree("GetStages", deploymentId=second)["item"]
    assert [each["stageName"] for each in listed] == ["b"]


def test_stage_exists_once(tree: Tree) -> None:
    _stage(tree)
    with pytest.raises(Conflicting, match=r"^Stage already exists$"):
        _stage(tree)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "$default", "x" * 129, "é"])
def test_name_of_a_stage_is_a_path_segment(tree: Tree, name: str) -> None:
    with pytest.raises(Invalid, match="Stage name only allows"):
        _stage(tree, name)
    if name:
        with pytest.raises(Invalid, match="Stage name only allows"):
            deploy(tree, stageName=name)


def test_stages_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "STAGES_PER_API", 1)
    _stage(tree)
    with pytest.raises(Exceeded, match="The limit is 1"):
        _stage(tree, "prod")


@pytest.mark.parametrize(
    "members",
    [
        {"variables": {"a-b": "1"}},
        {"variables": {"x" * 65: "1"}},
        {"variables": {"a": "x" * 513}},
        {"variables": {"a": "a b"}},
        {"variables": {"a": "x\r\ny"}},
        {"variables": {"a": ""}},
        {"variables": {f"a{number}": "1" for number in range(101)}},
        {"canarySettings": {"percentTraffic": 100.5}},
        {"canarySettings": {"percentTraffic": -1.0}},
        {"canarySettings": {"percentTraffic": float("nan")}},
        {"canarySettings": {"stageVariableOverrides": {"a b": "1"}}},
        {"description": "x" * 1025},
        {"tags": {"aws:a": "b"}},
        {"tags": {str(number): "b" for number in range(51)}},
    ],
)
def test_stage_that_could_not_be_served_is_refused(tree: Tree, members: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        _stage(tree, **members)


def test_variables_and_overrides_are_bounded_together(tree: Tree) -> None:
    variables = {f"a{number}": "1" for number in range(60)}
    overrides = {f"b{number}": "1" for number in range(60)}
    with pytest.raises(Invalid, match="at most 100 variables"):
        _stage(tree, variables=variables, canarySettings={"stageVariableOverrides": overrides})


def test_what_a_stage_names_exists(tree: Tree) -> None:
    with pytest.raises(Missing, match="Invalid Deployment identifier specified"):
        _stage(tree, deploymentId="nothere")
    with pytest.raises(Missing, match="Invalid Documentation version specified"):
        _stage(tree, documentationVersion="v1")
    with pytest.raises(Missing, match="Invalid Deployment identifier specified"):
        _stage(tree, canarySettings={"deploymentId": "nothere"})
    _stage(tree)
    with pytest.raises(Invalid, match="Invalid Client Certificate identifier specified"):
        _patch(tree, ("replace", "/clientCertificateId", "nothere"))


def test_stage_has_a_client_certificate(tree: Tree, served: SnapshotHolder) -> None:
    _stage(tree)
    certificate = AccountPart(
        account="000000000000",
        region="us-east-1",
        kind=CLIENT_CERTIFICATE,
        id="cert01",
        document={},
        created=NOON,
    )
    tree.caller.kernel.database.write(lambda session: session.add(certificate))

    assert _patch(tree, ("replace", "/clientCertificateId", "cert01"))["clientCertificateId"]
    rest = served.current.apis[tree.api].stages["dev"].rest
    assert rest is not None
    assert rest.client_certificate_id == "cert01"
    assert "clientCertificateId" not in _patch(tree, ("replace", "/clientCertificateId", ""))


def test_documentation_version_shows_on_a_stage_and_is_kept_for_it(tree: Tree) -> None:
    _stage(tree)
    tree("CreateDocumentationVersion", documentationVersion="v1", stageName="dev")
    assert tree("GetStage", stageName="dev")["documentationVersion"] == "v1"

    with pytest.raises(Conflicting, match="'v1', is referenced in stage: dev"):
        tree("DeleteDocumentationVersion", documentationVersion="v1")
    assert "documentationVersion" not in _patch(tree, ("replace", "/documentationVersion", ""))
    tree("DeleteDocumentationVersion", documentationVersion="v1")


def test_access_log_is_set_and_removed(tree: Tree, served: SnapshotHolder) -> None:
    _stage(tree)
    changed = _patch(
        tree,
        ("replace", "/accessLogSettings/destinationArn", LOG_GROUP),
        ("replace", "/accessLogSettings/format", FORMAT),
    )
    assert changed["accessLogSettings"] == {"destinationArn": LOG_GROUP, "format": FORMAT}
    stage = served.current.apis[tree.api].stages["dev"]
    assert stage.access_log == AccessLog(LOG_GROUP, FORMAT)

    assert "accessLogSettings" not in _patch(tree, ("remove", "/accessLogSettings"))


@pytest.mark.parametrize(
    ("destination", "text", "why"),
    [
        (LOG_GROUP, "$context.status", r"must include \$context.requestId"),
        (LOG_GROUP, f"{FORMAT}\n{FORMAT}", "must be single line"),
        (LOG_GROUP, FORMAT + "x" * 3072, "at most 3 KB"),
        (LOG_GROUP, "", "both a destinationArn and a format"),
        ("arn:aws:s3:::logs", FORMAT, "Invalid ARN specified in the request"),
        (
            "arn:aws:firehose:us-east-1:000000000000:deliverystream/pets",
            FORMAT,
            "deliverystream/amazon-apigateway-",
        ),
    ],
)
def test_access_log_that_could_not_be_written_is_refused(
    tree: Tree, destination: str, text: str, why: str
) -> None:
    _stage(tree)
    with pytest.raises(Invalid, match=why):
        _patch(
            tree,
            ("replace", "/accessLogSettings/destinationArn", destination),
            ("replace", "/accessLogSettings/format", text),
        )


@pytest.mark.parametrize(
    ("operation", "channel"),
    [("FlushStageCache", RESPONSES), ("FlushStageAuthorizersCache", AUTHORIZERS)],
)
def test_flush_reaches_every_worker(tree: Tree, operation: str, channel: str) -> None:
    _stage(tree)
    heard: list[tuple[str, str]] = []
    shared_state = tree.caller.kernel.shared_state
    on_flush(shared_state, channel, lambda api, stage: heard.append((api, stage)))

    tree(operation, stageName="dev")
    with pytest.raises(Missing, match="Invalid stage identifier specified"):
        tree(operation, stageName="prod")

    assert heard == [(tree.api, "dev")]


def test_stages_belong_to_an_account(tree: Tree, caller: Caller) -> None:
    _stage(tree)
    foreign = Tree(caller.elsewhere(account="111111111111"), tree.api, tree.root)
    for operation in ("GetStage", "UpdateStage", "DeleteStage", "FlushStageCache"):
        with pytest.raises(Missing, match="Invalid API identifier specified 111111111111"):
            foreign(operation, stageName="dev")
