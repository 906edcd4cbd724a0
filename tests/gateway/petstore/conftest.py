"""The whole application on a socket, with the functions and the backend of the PetStore."""

from __future__ import annotations

import configparser
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app
from kernel.settings import parse
from poolgate import instance

FOLDER = Path(__file__).parent
PETS = """
import json

def handler(event, context):
    pet = json.loads(event["body"])
    return {"statusCode": 201, "body": json.dumps({"added": pet["name"]})}
"""
OWNERS = """
def handler(event, context):
    if event["owner"] == "ada":
        raise ValueError("the name is taken")
    return {"owner": event["owner"]}
"""
GUARD = """
def handler(event, context):
    if event.get("version") == "2.0":
        return {"isAuthorized": event["identitySource"][0] == "open sesame"}
    effect = "Allow" if event["authorizationToken"] == "open sesame" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""  # noqa: E501


class _Backend(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path.rpartition("/")[2] != "unknown"
        body = json.dumps({"path": self.path, "trace": self.headers.get("X-Trace")}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read no access log."""


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *_args: object) -> None:
        """Nor this one."""


@dataclass(frozen=True)
class Store:
    """A running application: its address, its backend's, and clients of its control planes."""

    url: str
    backend: str
    folder: Path
    key: str
    secret: str

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=Config(retries={"max_attempts": 0}),
        )

    def document(self, name: str) -> bytes:
        text = (FOLDER / name).read_text()
        return text.replace("https://backend.example", self.backend).encode()

    def stage(self, api: str, stage: str) -> str:
        return f"{self.url}/execute-api/{api}/{stage}"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any


def ask(url: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    data = None if body is None else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if data is not None:
        sent["Content-Type"] = "application/json"
    request = urllib.request.Request(url, data, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Answer(answer.status, _read(answer.read()), answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _read(error.read()), error.headers)


def _read(body: bytes) -> Any:
    return json.loads(body) if body else None


def _first_key(folder: Path) -> tuple[str, str]:
    credentials = configparser.ConfigParser()
    credentials.read(folder / "credentials")
    found = credentials["default"]
    return found["aws_access_key_id"], found["aws_secret_access_key"]


@contextmanager
def _serving(server: Any) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("petstore") / "instance"
    instance.initialise(parse({"instance": str(folder)}))
    (folder / "functions").mkdir(exist_ok=True)
    for name, code in (("pets", PETS), ("owners", OWNERS), ("guard", GUARD)):
        (folder / "functions" / f"{name}.py").write_text(code)
    backend = ThreadingHTTPServer(("127.0.0.1", 0), _Backend)
    with _serving(backend) as backend_url:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = {
            "instance": str(folder),
            "upstream_allow": "127.0.0.0/8",
            "public_url": f"http://127.0.0.1:{port}",
        }
        app = create_app(parse(settings))
        server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        with _serving(server) as url:
            yield Store(url, backend_url, folder, *_first_key(folder))
        app.extensions["poolgate"].close()


@pytest.fixture(scope="module")
def rest(store: Store) -> str:
    """The address of the deployed REST API."""
    gateway = store.client("apigateway")
    made = gateway.import_rest_api(body=store.document("rest.yaml"), failOnWarnings=True)
    gateway.create_deployment(restApiId=made["id"], stageName="prod")
    key = gateway.create_api_key(name="seller", value="k" * 24, enabled=True)
    plan = gateway.create_usage_plan(
        name="sellers", apiStages=[{"apiId": made["id"], "stage": "prod"}]
    )
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    return store.stage(made["id"], "prod")


@pytest.fixture(scope="module")
def http(store: Store) -> str:
    """The address of the deployed HTTP API."""
    gateway = store.client("apigatewayv2")
    made = gateway.import_api(Body=store.document("http.yaml").decode(), FailOnWarnings=True)
    gateway.create_stage(ApiId=made["ApiId"], StageName="prod", AutoDeploy=True)
    return store.stage(made["ApiId"], "prod")
