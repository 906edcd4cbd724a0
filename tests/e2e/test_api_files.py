"""Files of APIs beside a server that runs: by the AWS CLI, and by `poolgate apis`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import yaml

from tests.servers.command_line import CommandLine
from tests.servers.poolgate_server import Poolgate

PETSTORE = Path(__file__).parents[1] / "gateway" / "petstore"
SECOND = 1.0


def _apply(server: Poolgate, path: Path) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "poolgate", "apis", "apply", path, "--stage", "prod"],
        env={**os.environ, "POOLGATE_INSTANCE": str(server.instance)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def _eventually(url: str, expected: Any) -> None:
    deadline = time.monotonic() + SECOND
    while (found := _get(url)) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def _get(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_what_is_applied_is_served_within_a_second(
    poolgate_server: Poolgate, tmp_path: Path
) -> None:
    document = yaml.safe_load((PETSTORE / "rest.yaml").read_text())
    document["info"]["title"] = "Pets of a file"
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(document))
    said = _apply(poolgate_server, path)
    api = said.rpartition("(")[2].partition(")")[0]
    url = f"http://127.0.0.1:{poolgate_server.port}/execute-api/{api}/prod/pets?kind=dog"
    _eventually(url, [{"name": "Rex", "kind": "dog"}])
    assert _apply(poolgate_server, path).startswith("Nothing changes: ")

    integration = document["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]
    integration["responses"]["default"]["responseTemplates"]["application/json"] = "[]"
    path.write_text(json.dumps(document))
    assert "~ stage prod has a new deployment" in _apply(poolgate_server, path)
    _eventually(url, [])


def test_the_aws_cli_imports_exports_and_generates(
    aws: CommandLine, poolgate_server: Poolgate, tmp_path: Path
) -> None:
    made = aws("apigateway", "import-rest-api", "--body", f"fileb://{PETSTORE / 'rest.yaml'}")
    stage = ("--rest-api-id", made["id"], "--stage-name", "prod")
    aws("apigateway", "create-deployment", *stage)
    exported, sdk = tmp_path / "export.json", tmp_path / "sdk.zip"
    aws("apigateway", "get-export", *stage, "--export-type", "swagger", str(exported))
    assert json.loads(exported.read_text())["swagger"] == "2.0"
    aws("apigateway", "get-sdk", *stage, "--sdk-type", "python", str(sdk))
    with zipfile.ZipFile(sdk) as archive:
        archive.extractall(tmp_path)
    script = "from api_client import Client; print(Client().list_pets({'kind': 'cat'}).data)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.stdout, run.stderr) == ("[{'name': 'Rex', 'kind': 'cat'}]\n", "")


def test_the_aws_cli_imports_and_exports_http_apis(aws: CommandLine, tmp_path: Path) -> None:
    body = ("--body", f"file://{PETSTORE / 'http.yaml'}", "--fail-on-warnings")
    api = aws("apigatewayv2", "import-api", *body)["ApiId"]
    exported = tmp_path / "export.yaml"
    how = ("--specification", "OAS30", "--output-type", "YAML")
    aws("apigatewayv2", "export-api", "--api-id", api, *how, str(exported))
    assert yaml.safe_load(exported.read_text())["info"]["title"] == "PetStore"
    again = ("--body", f"file://{exported}", "--fail-on-warnings")
    assert aws("apigatewayv2", "reimport-api", "--api-id", api, *again)["ApiId"] == api
