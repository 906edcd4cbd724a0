"""openapi-python-client reads what a stage exports, and its client calls the PetStore."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.petstore.conftest import Store

CALLS = """
import json, sys
from generated import Client
from generated.api.default import add_pet, get_pet, list_pets, sell_pet
from generated.models import Pet

client = Client(base_url=sys.argv[1])
with client:
    listed = list_pets.sync_detailed(client=client, kind="dog & cat")
    added = add_pet.sync_detailed(client=client, body=Pet(name="Rex"))
    missing = get_pet.sync_detailed("unknown", client=client, x_trace="t1")
    refused = sell_pet.sync_detailed("a", client=client)
selling = Client(base_url=sys.argv[1], headers={"x-api-key": "k" * 24})
with selling:
    sold = sell_pet.sync_detailed("a", client=selling)
print(json.dumps({
    "listed": [int(listed.status_code), [pet.to_dict() for pet in listed.parsed]],
    "added": [int(added.status_code), json.loads(added.content)],
    "missing": [int(missing.status_code), json.loads(missing.content)],
    "refused": int(refused.status_code),
    "sold": int(sold.status_code),
}))
"""


def run(folder: Path, *command: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def generated(store: Store, rest: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a client package, made of the export as other tools read it."""
    folder = tmp_path_factory.mktemp("client")
    api, stage = rest.split("/")[-2:]
    exported = store.client("apigateway").get_export(
        restApiId=api, stageName=stage, exportType="oas30"
    )
    (folder / "api.json").write_bytes(exported["body"].read())
    (folder / "config.yaml").write_text("post_hooks: []\n")
    options = ("--path", "api.json", "--config", "config.yaml", "--meta", "none")
    told = run(
        folder,
        *("-m", "openapi_python_client", "generate", *options),
        *("--output-path", "generated", "--fail-on-warning"),
    )
    assert "Warning" not in told
    return folder


def test_a_generated_client_calls_the_api(generated: Path, rest: str) -> None:
    told: dict[str, Any] = json.loads(run(generated, "-c", CALLS, rest))
    assert told == {
        "listed": [200, [{"name": "Rex", "kind": "dog & cat"}]],
        "added": [201, {"added": "Rex"}],
        "missing": [404, {"message": "no such pet"}],
        "refused": 403,
        "sold": 200,
    }
