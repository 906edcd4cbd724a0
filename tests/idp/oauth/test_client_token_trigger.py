"""The pre token generation function of version 3 changes the tokens of clients too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from idp.models import UserPool
from kernel.functions.sources import FunctionFiles
from tests.idp.oauth.moves import claims_of
from tests.idp.oauth.test_client_credentials import ask, machine
from tests.idp.oauth.world import TestClient, World

__all__ = ["machine"]

CHANGE = """
def handler(event, context):
    assert event["version"] == "3"
    assert event["triggerSource"] == "TokenGeneration_ClientCredentials"
    assert event["request"]["userAttributes"] == {}
    assert event["request"]["scopes"] == ["boats/read", "boats/write"]
    metadata = event["request"]["clientMetadata"]
    if metadata.get("deny"):
        raise Exception("Not you")
    event["response"]["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": {
        "claimsToAddOrOverride": {"tenant": metadata.get("tenant"), "sub": "root"},
        "scopesToAdd": ["boats/sail"], "scopesToSuppress": ["boats/write"]}}
    return event
"""


@pytest.fixture
def change(world: World, pool_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    folder = tmp_path / "of-the-test"
    folder.mkdir()
    (folder / "change.py").write_text(CHANGE)
    monkeypatch.setattr(world.kernel.functions, "_sources", (FunctionFiles(folder),))

    def configure(version: str) -> None:
        arn = "arn:aws:lambda:us-east-1:000000000000:function:change"
        config = {
            "PreTokenGeneration": arn,
            "PreTokenGenerationConfig": {"LambdaVersion": version, "LambdaArn": arn},
        }

        def unit(session: Any) -> None:
            pool = session.get_one(UserPool, pool_id)
            pool.settings = {**pool.settings, "LambdaConfig": config}

        world.kernel.database.write(unit)

    return configure


def test_function_changes_the_token(world: World, machine: TestClient, change: Any) -> None:
    change("V3_0")
    claims = claims_of(
        ask(world, machine, aws_client_metadata='{"tenant": "harbour"}')["access_token"]
    )
    assert claims["tenant"] == "harbour"
    assert claims["scope"] == "boats/read boats/sail"
    assert claims["sub"] == machine.id


def test_functions_refusal_is_no_token(world: World, machine: TestClient, change: Any) -> None:
    change("V3_0")
    refusal = ask(world, machine, aws_client_metadata='{"deny": "yes"}')
    assert refusal["error"] == "invalid_grant"
    assert "PreTokenGeneration failed with error Not you." in refusal["error_description"]


@pytest.mark.parametrize("metadata", ["x", "[]", '{"tenant": 7}'])
def test_metadata_are_texts(world: World, machine: TestClient, metadata: str) -> None:
    assert ask(world, machine, aws_client_metadata=metadata)["error"] == "invalid_request"


@pytest.mark.parametrize("version", ["V1_0", "V2_0"])
def test_earlier_versions_are_for_people_alone(
    world: World, machine: TestClient, change: Any, version: str
) -> None:
    change(version)
    assert claims_of(ask(world, machine)["access_token"])["scope"] == "boats/read boats/write"
