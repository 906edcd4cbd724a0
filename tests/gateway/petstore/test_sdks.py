"""The generated SDKs of the PetStore really call it: in Node.js, and in a Python of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from playwright.sync_api import Page

from tests.gateway.petstore.conftest import Store

JAVASCRIPT = """
const factory = require("./apiGateway-js-sdk/apigClient.js");
const [config, name, params, body, additional] = JSON.parse(process.argv[1]);
factory.newClient(config)[name](params, body, additional).then(
  ({ status, headers, data }) => console.log(JSON.stringify({ status, headers, data })),
  (error) => console.log(JSON.stringify(
    { status: error.status, headers: error.headers, data: error.data, message: error.message }
  ))
);
"""
PYTHON = """
import json, sys
from pet_shop import ApiError, Client
config, name, params, body, additional = json.loads(sys.argv[1])
try:
    answer = getattr(Client(**config), name)(params, body, **additional)
    told = {"status": answer.status, "headers": dict(answer.headers), "data": answer.data}
except ApiError as error:
    told = {"status": error.status, "headers": dict(error.headers), "data": error.data}
except ValueError as error:
    told = {"message": str(error)}
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Sdk:
    """An unpacked SDK, and the words that its language has for the same things."""

    command: tuple[str, ...]
    folder: Path
    names: dict[str, str] = field(default_factory=dict)

    def call(self, name: str, params: Any = None, body: Any = None, **options: Any) -> Any:
        config = {self.names.get(key, key): each for key, each in options.pop("config", {}).items()}
        more = {self.names.get(key, key): each for key, each in options.items()}
        words = json.dumps([config, self.names.get(name, name), params, body, more])
        run = subprocess.run(
            [*self.command, words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert run.stderr == ""
        return json.loads(run.stdout)


@pytest.fixture(scope="module", params=["javascript", "python"])
def sdk(
    request: pytest.FixtureRequest,
    store: Store,
    rest: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Sdk:
    api, stage = rest.split("/")[-2:]
    parameters = {"packageName": "pet_shop"} if request.param == "python" else {}
    made = store.client("apigateway").get_sdk(
        restApiId=api, stageName=stage, sdkType=request.param, parameters=parameters
    )
    assert made["contentType"] == "application/octet-stream"
    assert f'filename="{request.param}_' in made["contentDisposition"]
    folder = tmp_path_factory.mktemp(request.param)
    with zipfile.ZipFile(io.BytesIO(made["body"].read())) as archive:
        archive.extractall(folder)
    if request.param == "python":
        names = {
            "petsGet": "list_pets",
            "petsPost": "add_pet",
            "petsPetIdGet": "get_pet",
            "petsPetIdDelete": "sell_pet",
            "tillGet": "count_till",
            "ownersProxyGet": "owners_proxy_get",
            "apiKey": "api_key",
            "accessKey": "access_key",
            "secretKey": "secret_key",
            "invokeUrl": "url",
            "queryParams": "query",
        }
        return Sdk((sys.executable, "-c", PYTHON), folder, names)
    return Sdk((request.getfixturevalue("node_program"), "-e", JAVASCRIPT), folder)


def test_parameters_of_query_and_path_arrive(sdk: Sdk) -> None:
    answer = sdk.call("petsGet", {"kind": "dog & cat"})
    assert (answer["status"], answer["data"]) == (200, [{"name": "Rex", "kind": "dog & cat"}])
    assert answer["headers"]["access-control-allow-origin"] == "*"
    answer = sdk.call("petsPetIdGet", {"petId": "a/b", "X-Trace": "t1"})
    assert answer["data"] == {"path": "/pets/a%2Fb", "trace": "t1"}


def test_a_body_becomes_json(sdk: Sdk) -> None:
    answer = sdk.call("petsPost", None, {"name": "Rëx"})
    assert (answer["status"], answer["data"]) == (201, {"added": "Rëx"})


def test_a_greedy_variable_keeps_its_slashes(sdk: Sdk) -> None:
    answer = sdk.call("ownersProxyGet", {"proxy": "ada/two dogs"}, queryParams={"a": ["1", "2"]})
    assert answer["data"]["path"] == "/owners/ada/two%20dogs?a=1&a=2"


def test_a_refusal_is_an_error_with_its_answer(sdk: Sdk) -> None:
    answer = sdk.call("petsPost", None, {"name": ""})
    assert (answer["status"], answer["data"]) == (400, {"message": "Invalid request body"})
    answer = sdk.call("petsPetIdGet", {"petId": "unknown"})
    assert (answer["status"], answer["data"]) == (404, {"message": "no such pet"})


def test_an_api_key_is_sent(sdk: Sdk) -> None:
    assert sdk.call("petsPetIdDelete", {"petId": "rex"})["status"] == 403
    answer = sdk.call("petsPetIdDelete", {"petId": "rex"}, config={"apiKey": "k" * 24})
    assert answer["status"] == 200


def test_what_asks_aws_iam_is_signed(sdk: Sdk, store: Store) -> None:
    key = {"accessKey": store.key, "secretKey": store.secret}
    for currency in ("EUR", "a b+c/é!'()*~=&", ""):
        answer = sdk.call("tillGet", {"currency": currency or "0"}, config=key)
        assert (answer["status"], answer["data"]) == (200, {"till": currency or "0"})
    more = sdk.call(
        "tillGet",
        {"currency": "EUR"},
        config=key,
        queryParams={"b": ["2", "1"], "B": "", "a-": "x"},
    )
    assert more["status"] == 200
    wrong = sdk.call("tillGet", {"currency": "EUR"}, config={**key, "secretKey": "no"})
    assert wrong["status"] == 403


def test_what_is_missing_is_said_before_anything_is_sent(sdk: Sdk, store: Store) -> None:
    nowhere = {"invokeUrl": "http://127.0.0.1:9"}
    assert "are needed" in sdk.call("tillGet", {"currency": "EUR"}, config=nowhere)["message"]
    assert "currency is required" in sdk.call("tillGet", {}, config=nowhere)["message"]
    assert "petId is required" in sdk.call("petsPetIdGet", {}, config=nowhere)["message"]
    for value in ("", ".", ".."):
        answer = sdk.call("petsPetIdGet", {"petId": value}, config=nowhere)
        assert "petId cannot be" in answer["message"]
        greedy = sdk.call("ownersProxyGet", {"proxy": f"a/{value}/b"}, config=nowhere)
        assert "proxy cannot be" in greedy["message"]


def test_a_browser_calls_the_api(store: Store, rest: str, page: Page) -> None:
    api, stage = rest.split("/")[-2:]
    made = store.client("apigateway").get_sdk(restApiId=api, stageName=stage, sdkType="javascript")
    page.goto(f"{store.url}/health")
    with zipfile.ZipFile(io.BytesIO(made["body"].read())) as archive:
        for name in ("lib/apiGatewayCore.js", "apigClient.js"):
            page.add_script_tag(content=archive.read(f"apiGateway-js-sdk/{name}").decode())
    answer = page.evaluate(
        """async (config) => {
            const client = apigClientFactory.newClient(config);
            const one = await client.tillGet({ currency: "a b" });
            const other = await client.petsPost({}, { name: "" }).catch((error) => error);
            return [one.data, other.status, other.data];
        }""",
        {"accessKey": store.key, "secretKey": store.secret},
    )
    assert answer == [{"till": "a b"}, 400, {"message": "Invalid request body"}]


def test_the_same_stage_gives_the_same_bytes(store: Store, rest: str) -> None:
    api, stage = rest.split("/")[-2:]
    request = {"restApiId": api, "stageName": stage, "sdkType": "javascript"}
    client = store.client("apigateway")
    assert client.get_sdk(**request)["body"].read() == client.get_sdk(**request)["body"].read()


def test_another_type_is_refused_with_the_list_of_types(store: Store, rest: str) -> None:
    client, (api, stage) = store.client("apigateway"), rest.split("/")[-2:]
    with pytest.raises(botocore.exceptions.ClientError, match="javascript, python") as raised:
        client.get_sdk(restApiId=api, stageName=stage, sdkType="java")
    assert raised.value.response["Error"]["Code"] == "BadRequestException"
    with pytest.raises(botocore.exceptions.ClientError, match="javascript, python") as raised:
        client.get_sdk_type(id="java")
    assert raised.value.response["Error"]["Code"] == "NotFoundException"


def test_the_types_tell_their_parameters(store: Store) -> None:
    client = store.client("apigateway")
    assert [each["id"] for each in client.get_sdk_types()["items"]] == ["javascript", "python"]
    properties = client.get_sdk_type(id="python")["configurationProperties"]
    assert [each["name"] for each in properties] == ["packageName"]
