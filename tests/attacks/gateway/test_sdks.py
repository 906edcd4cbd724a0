"""Names and texts of an API never become code of its SDKs."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.control.errors import Invalid, Missing
from gateway.openapi.rest.values import Method, RestApi
from gateway.sdks.description import Stage
from gateway.sdks.operations import operations_of
from gateway.sdks.types import SDK_TYPES, InvalidParameter, parameters_for
from tests.gateway.control.caller import Caller

PIECES = (
    '"); process.exit(7); ("',
    "'); import os; os._exit(7); ('",
    "*/ process.exit(7) /*",
    "</script><script>process.exit(7)",
    '"""\nimport os; os._exit(7)\n"""',
    "${process.exit(7)}",
    "{name}{0}{documentation}",
    "\\",
    "\r\n\u2028\u2029\x85",
    "__proto__",
    "constructor",
    "__init__",
    "import",
    "match",
    "self",
    "_call",
    "٣",
    "é",
    "",
)
STAGE = Stage('http://127.0.0.1/"; process.exit(7); "', "'); import os; os._exit(7)")


def _hostile() -> RestApi:
    """Every text wherever a document has one; most are refused before, and shall not matter."""
    methods = [
        Method(
            path=f"/{piece}/{{{piece}}}" if number % 2 else f"/{piece}",
            verb="ANY" if number % 3 else "GET",
            members={
                "authorizationType": "AWS_IAM",
                "operationName": piece,
                "requestParameters": {
                    f"method.request.querystring.{piece}": False,
                    f"method.request.header.{piece}": False,
                },
            },
        )
        for number, piece in enumerate(PIECES)
    ]
    return RestApi(api={"name": PIECES[0], "description": PIECES[4]}, methods=tuple(methods))


def _files(kind: str, folder: Path) -> dict[str, str]:
    parameters = parameters_for(SDK_TYPES[kind], {})
    content = SDK_TYPES[kind].generate(STAGE, operations_of(_hostile()), parameters)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
        return {name: archive.read(name).decode() for name in archive.namelist()}


def _run(folder: Path, *command: str) -> str:
    run = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=30, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_python_holds_texts_as_literals_alone(tmp_path: Path) -> None:
    text = _files("python", tmp_path)["api_client/client.py"]
    assert text.isascii()
    tree = ast.parse(text)
    kinds = {type(node).__name__ for node in tree.body}
    assert kinds == {"Expr", "ImportFrom", "Import", "Assign", "ClassDef"}
    client = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    functions = [node for node in client.body if isinstance(node, ast.FunctionDef)]
    assert len({each.name for each in functions}) == len(functions) > len(PIECES)
    for function in functions:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", function.name)
        assert [type(node).__name__ for node in function.body] == ["Expr", "Return"]
    script = "from api_client.client import API, Client; print(len(Client()._operations), 'alive')"
    told = _run(tmp_path, sys.executable, "-B", "-c", script)
    assert told == f"{len(functions)} alive\n"


def test_javascript_holds_texts_as_literals_alone(tmp_path: Path, node_program: str) -> None:
    text = _files("javascript", tmp_path)["apiGateway-js-sdk/apigClient.js"]
    assert text.isascii()
    assert "<" not in text
    script = (
        "const client = require('./apiGateway-js-sdk/apigClient.js').newClient();"
        "console.log(JSON.stringify(Object.keys(client)), ({}).polluted, 'alive');"
    )
    names, _, rest = _run(tmp_path, node_program, "-e", script).rpartition("] ")
    assert rest == "undefined alive\n"
    found = json.loads(f"{names}]")
    assert len(found) == len(operations_of(_hostile()))
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name) for name in found)


def test_files_of_an_sdk_stay_where_it_is_unpacked(tmp_path: Path) -> None:
    for kind in SDK_TYPES:
        for name in _files(kind, tmp_path / kind):
            assert re.fullmatch(r"[A-Za-z][A-Za-z_-]*(/[A-Za-z_]+)*\.(md|js|json|py)", name)


@pytest.mark.parametrize("name", ["../x", "a/b", "a\nb", "class", "A", "1a", "a" * 65, "a.b", "é"])
def test_a_package_is_named_by_a_name_alone(name: str) -> None:
    with pytest.raises(InvalidParameter, match="packageName"):
        parameters_for(SDK_TYPES["python"], {"packageName": name})


def test_parameters_that_a_language_does_not_have_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="have none"):
        parameters_for(SDK_TYPES["javascript"], {"packageName": "a"})
    with pytest.raises(InvalidParameter, match="only packageName"):
        parameters_for(SDK_TYPES["python"], {"classPrefix": "a"})


def test_a_stranger_gets_no_sdk(caller: Caller) -> None:
    api = caller.rest("CreateRestApi", name="pets")["id"]
    request = {"restApiId": api, "stageName": "prod", "sdkType": "javascript"}
    for other in (caller.rest, caller.rest.elsewhere(account="111111111111")):
        with pytest.raises(Missing):
            other("GetSdk", **request)
    with pytest.raises(Invalid, match="The types are: javascript, python"):
        caller.rest("GetSdk", **{**request, "sdkType": "../../etc"})
