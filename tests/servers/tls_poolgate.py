"""`poolgate serve` with TLS, and clients that look closely at what it serves."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from cryptography import x509

from tests.servers.authority import Authority, Certificate
from tests.servers.poolgate_server import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    START_SECONDS,
    Poolgate,
)

ARN = "arn:aws:acm:us-east-1:000000000000:certificate/"


@dataclass
class TlsPoolgate(Poolgate):
    """Its own certificate is for localhost, by `authority`."""

    authority: Authority = field(default_factory=lambda: Authority("Servers"))

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def certificates(self) -> Path:
        return self.instance / "certificates"

    def start(self) -> TlsPoolgate:
        folder = self.instance.with_name(f"{self.instance.name}-tls")
        if not folder.exists():
            self.authority.server("localhost").write(folder, "own")
            self.authority.write(folder / "ca.pem")
        self.environment.setdefault("POOLGATE_TLS_CERT", str(folder / "own.crt"))
        self.environment.setdefault("POOLGATE_TLS_KEY", str(folder / "own.key"))
        super().start()
        return self

    def client(self, service: str, **_: Any) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            verify=str(self.instance.with_name(f"{self.instance.name}-tls") / "ca.pem"),
            config=Config(retries={"total_max_attempts": 1}),
        )

    def trust(self, key: str, *authorities: Authority) -> str:
        """Write a trust store; its URI."""
        path = self.instance / "truststores" / "clients" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(each.certificate for each in authorities))
        return f"s3://clients/{key}"

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if ask(self.port, "localhost", "/ready").status == 200:
                    return
            except OSError:
                time.sleep(0.02)
        self._kill(self.process)
        raise RuntimeError(f"poolgate serve did not become ready:\n{self.log.read_text()[-4000:]}")


@dataclass(frozen=True)
class Answer:
    """Of one request."""

    status: int
    head: str
    body: str


def client_context(
    certificate: Certificate | None = None,
    folder: Path | None = None,
    *,
    most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    least: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
) -> ssl.SSLContext:
    """A client that takes any server, perhaps with a certificate of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version, context.maximum_version = least, most
    if certificate is not None:
        assert folder is not None
        context.load_cert_chain(certificate.file(folder / "client.pem"))
    return context


@contextmanager
def connect(
    port: int,
    server_name: str | None,
    context: ssl.SSLContext | None = None,
    session: ssl.SSLSession | None = None,
) -> Iterator[ssl.SSLSocket]:
    context = context or client_context()
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=server_name, session=session) as secured,
    ):
        yield secured


def ask(
    port: int,
    server_name: str | None,
    path: str,
    context: ssl.SSLContext | None = None,
    *,
    host: str = "",
    session: ssl.SSLSession | None = None,
) -> Answer:
    """One GET. Raises `OSError` where the server closes without an answer."""
    with connect(port, server_name, context, session) as secured:
        return exchange(secured, host or server_name or "localhost", path)


def exchange(secured: socket.socket, host: str, path: str) -> Answer:
    """One GET on a connection that stays open where the server keeps it."""
    secured.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    received = b""
    while b"\r\n\r\n" not in received:
        more = secured.recv(65536)
        if not more:
            raise ConnectionError("no answer")
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    lengths = [line.partition(":")[2] for line in lines if line.startswith("content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += secured.recv(65536)
    return Answer(int(head.split()[1]), head.decode("latin-1"), body.decode())


def served_names(port: int, server_name: str | None) -> tuple[str, ...]:
    """The names of the certificate that a server name is answered with."""
    with connect(port, server_name) as secured:
        encoded = secured.getpeercert(binary_form=True)
    assert encoded is not None
    extensions = x509.load_der_x509_certificate(encoded).extensions
    found = extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return tuple(found.value.get_values_for_type(x509.DNSName))


def served_serial(port: int, server_name: str) -> int:
    with connect(port, server_name) as secured:
        encoded = secured.getpeercert(binary_form=True)
    assert encoded is not None
    return x509.load_der_x509_certificate(encoded).serial_number


def serial_of(certificate: Certificate) -> int:
    return x509.load_pem_x509_certificate(certificate.chain.encode()).serial_number


def mock_api(rest: Any, template: str = '{"served": true}') -> str:
    """A REST API whose `/` answers with a template, in the stage `live`."""
    api_id: str = rest.create_rest_api(name="mock")["id"]
    root = rest.get_resources(restApiId=api_id)["items"][0]["id"]
    place = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**place, authorizationType="NONE")
    rest.put_integration(
        **place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    rest.put_method_response(**place, statusCode="200")
    rest.put_integration_response(
        **place, statusCode="200", responseTemplates={"application/json": template}
    )
    rest.create_deployment(restApiId=api_id, stageName="live")
    return api_id


def domain(
    rest: Any, name: str, api_id: str, trust_store: str = "", **members: Any
) -> dict[str, Any]:
    """A regional domain that leads to the stage `live`."""
    if trust_store:
        members["mutualTlsAuthentication"] = {"truststoreUri": trust_store}
    made: dict[str, Any] = rest.create_domain_name(
        domainName=name, endpointConfiguration={"types": ["REGIONAL"]}, **members
    )
    rest.create_base_path_mapping(domainName=name, restApiId=api_id, stage="live")
    return made


@pytest.fixture
def start_tls(tmp_path: Path) -> Iterator[Callable[..., TlsPoolgate]]:
    """`start_tls("--workers", "2", http_port="8081")`; stopped after the test."""
    started: list[TlsPoolgate] = []

    def start(*arguments: str, **settings: str) -> TlsPoolgate:
        environment = {f"POOLGATE_{name.upper()}": value for name, value in settings.items()}
        made = TlsPoolgate(tmp_path / f"i{len(started)}", environment, arguments)
        started.append(made)
        made.start()
        return made

    yield start
    for each in started:
        each.stop()
