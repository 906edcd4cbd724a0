"""An AWS-compatible server on loopback that checks every signature with botocore's own signer.

Queues, objects, streams, buses and state machines are as small as the tests need them.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY_ID = "AKIASERVICES"
SECRET = "the-secret-of-services"
_CREDENTIAL = re.compile(r"Credential=([^/]+)/([0-9]{8})/([^/]+)/([^/]+)/aws4_request, SignedHead")


@dataclass
class Call:
    """A request whose signature was good."""

    service: str
    region: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def parameters(self) -> dict[str, str]:
        text = self.query if self.method == "GET" else self.body.decode()
        return dict(parse_qsl(text, keep_blank_values=True))


@dataclass
class ServiceServer:
    """`calls` are those with a good signature, `refused` counts the others."""

    calls: list[Call] = field(default_factory=list)
    refused: int = 0
    messages: list[str] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, kind, answer = outer.answer(self, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("x-amzn-RequestId", "of-the-service")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str, bytes]:
        call = _verified(handler, body)
        if call is None:
            self.refused += 1
            return 403, "application/json", b'{"__type":"SignatureDoesNotMatch"}'
        self.calls.append(call)
        return getattr(self, f"_{call.service}")(call)

    def _sqs(self, call: Call) -> tuple[int, str, bytes]:
        action = call.parameters["Action"]
        inside = ""
        if action == "SendMessage":
            self.messages.append(call.parameters["MessageBody"])
            inside = "<MessageId>5fea7756</MessageId>"
        if action == "ReceiveMessage":
            inside = "".join(f"<Message><Body>{each}</Body></Message>" for each in self.messages)
        if action == "PurgeQueue":
            self.messages.clear()
        xml = f"<{action}Response><{action}Result>{inside}</{action}Result></{action}Response>"
        return 200, "text/xml", xml.encode()

    def _sns(self, call: Call) -> tuple[int, str, bytes]:
        topic = call.parameters["TopicArn"]
        return 200, "application/json", json.dumps({"PublishResponse": topic}).encode()

    def _s3(self, call: Call) -> tuple[int, str, bytes]:
        key = unquote(call.path)
        if call.method == "PUT":
            self.objects[key] = call.body
            return 200, "application/xml", b""
        if key not in self.objects:
            return 404, "application/xml", b"<Error><Code>NoSuchKey</Code></Error>"
        return 200, "text/plain", self.objects[key]

    def _kinesis(self, call: Call) -> tuple[int, str, bytes]:
        base64.b64decode(json.loads(call.body)["Data"], validate=True)
        return 200, "application/x-amz-json-1.1", b'{"SequenceNumber":"21","ShardId":"0"}'

    def _events(self, call: Call) -> tuple[int, str, bytes]:
        count = len(json.loads(call.body)["Entries"])
        answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}] * count}
        return 200, "application/x-amz-json-1.1", json.dumps(answer).encode()

    def _states(self, call: Call) -> tuple[int, str, bytes]:
        if json.loads(call.body).get("stateMachineArn") == "arn:missing":
            error = b'{"__type":"StateMachineDoesNotExist"}'
            return 400, "application/x-amz-json-1.0", error
        return 200, "application/x-amz-json-1.0", b'{"executionArn":"arn:execution"}'

    def _appconfig(self, _call: Call) -> tuple[int, str, bytes]:
        return 200, "application/json", b'{"colour":"blue"}'


def _verified(handler: BaseHTTPRequestHandler, body: bytes) -> Call | None:
    headers = {name.lower(): value for name, value in handler.headers.items()}
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    if found is None or found[1] != KEY_ID:
        return None
    region, service = found[3], found[4]
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request = AWSRequest(
        method=handler.command,
        url=f"http://{headers['host']}{handler.path}",
        headers={name: headers[name] for name in signed},
        data=body,
    )
    request.context["timestamp"] = headers["x-amz-date"]
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(Credentials(KEY_ID, SECRET), service, region)
    # The query is in the URL: botocore reads it from there as it was sent.
    text = auth.string_to_sign(request, auth.canonical_request(request))
    if not headers["authorization"].endswith(f"Signature={auth.signature(text, request)}"):
        return None
    parts = urlsplit(handler.path)
    return Call(service, region, handler.command, parts.path, parts.query, headers, body)
