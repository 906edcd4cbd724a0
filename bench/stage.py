"""What measurements share: Poolgate with an application, and peers; started when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config

from bench import peer_servers
from bench.conversations import RelyingParty, UserPoolClient
from bench.directory import Directory, fill
from bench.load import Conversation, drive
from bench.peer_servers import OIDC_SECRET, REDIRECT_URI, Peer
from bench.processes import SERVED_BY, per_cpu_second, pin, tree
from tests.servers.application import Application, create_application, web_client
from tests.servers.poolgate_server import Poolgate

PEOPLE = 32
PASSWORD = "Bench-horse-7-battery"
CONNECTIONS = 16
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@dataclass
class Stage:
    """Use as a context manager: what was started is stopped at its end."""

    users: int = 1_000_000
    """How many users the look-ups search among."""
    exits: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *error: object) -> None:
        self.exits.close()

    @cached_property
    def folder(self) -> Path:
        folder = Path(self.exits.enter_context(TemporaryDirectory(prefix="poolgate-bench-")))
        folder.chmod(0o755)  # nginx's worker is another user
        return folder

    @cached_property
    def server(self) -> Poolgate:
        """`poolgate serve`: one worker, SQLite, one CPU. Like its peers it logs no access."""
        server = Poolgate(self.folder / "instance", {"POOLGATE_LOG_LEVEL": "warning"}).start()
        self.exits.callback(server.stop)
        pin(self.server_pids_of(server), SERVED_BY)
        return server

    @property
    def server_pids(self) -> list[int]:
        return self.server_pids_of(self.server)

    @staticmethod
    def server_pids_of(server: Poolgate) -> list[int]:
        assert server.process is not None
        return tree(server.process.pid)

    @cached_property
    def application(self) -> Application:
        """A pool and a public client with every flow and the hosted page."""
        return create_application(self.server, **web_client(REDIRECT_URI))

    @cached_property
    def client(self) -> UserPoolClient:
        """The application's client, and people who can sign in."""
        application = self.application
        signed = self.server.client("cognito-idp")
        return UserPoolClient(
            f"localhost:{self.server.port}",
            application.pool_id,
            application.client_id,
            people(signed, application.pool_id),
            PASSWORD,
        )

    @cached_property
    def machine(self) -> RelyingParty:
        """A client of Poolgate's token endpoint with a secret and a scope of its own."""
        signed, pool_id = self.server.client("cognito-idp"), self.application.pool_id
        signed.create_resource_server(
            UserPoolId=pool_id,
            Identifier="api",
            Name="api",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
        )
        made = signed.create_user_pool_client(
            UserPoolId=pool_id,
            ClientName="machine",
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["api/read"],
        )["UserPoolClient"]
        return RelyingParty(
            f"localhost:{self.server.port}",
            "/oauth2/token",
            "/oauth2/authorize",
            made["ClientId"],
            made["ClientSecret"],
            scope="api/read",
        )

    @cached_property
    def directory(self) -> Directory:
        """Many users, in a file of their own."""
        directory = fill(self.folder, self.users)
        self.exits.callback(directory.database.engine.dispose)
        return directory

    @cached_property
    def upstream(self) -> Peer:
        return self._started(lambda: peer_servers.upstream(self.folder))

    @cached_property
    def nginx(self) -> Peer:
        return self._started(lambda: peer_servers.nginx(self.folder, self.upstream.port))

    @cached_property
    def caching_nginx(self) -> Peer:
        return self._started(lambda: peer_servers.caching_nginx(self.folder, self.upstream.port))

    @cached_property
    def http_proxy(self) -> Peer:
        issuer = self.application.issuer
        return self._started(lambda: peer_servers.http_proxy(self.upstream.port, issuer))

    @cached_property
    def oidc_provider(self) -> Peer:
        return self._started(peer_servers.oidc_provider)

    @cached_property
    def oidc_machine(self) -> RelyingParty:
        host = self.oidc_provider.host
        return RelyingParty(
            host, "/token", "/auth", "machine", OIDC_SECRET, scope="read", resource="urn:api"
        )

    @cached_property
    def oidc_page(self) -> RelyingParty:
        host = self.oidc_provider.host
        scope = "openid read"
        return RelyingParty(host, "/token", "/auth", "page", scope=scope, resource="urn:api")

    @cached_property
    def moto(self) -> tuple[Peer, UserPoolClient]:
        peer = self._started(peer_servers.moto)
        return peer, _client_of(peer)

    @cached_property
    def cognito_local(self) -> tuple[Peer, UserPoolClient]:
        folder = self.folder / "cognito-local"
        folder.mkdir()
        peer = self._started(lambda: peer_servers.cognito_local(folder))
        return peer, _client_of(peer)

    def _started(self, start: Callable[[], Peer]) -> Peer:
        peer = start()
        self.exits.callback(peer.process.stop)
        return peer


def rate(
    port: int,
    pids: list[int],
    conversations: Iterator[Conversation],
    connections: int = CONNECTIONS,
) -> Callable[[float], float]:
    """A round: conversations finished per CPU-second of the server."""

    def run(seconds: float) -> float:
        def work() -> float:
            return drive(port, conversations, connections=connections, seconds=seconds)

        return per_cpu_second(pids, work)

    return run


def people(signed: Any, pool_id: str) -> tuple[str, ...]:
    """Make confirmed people with the common password; their usernames."""
    names = tuple(f"person{number}@example.com" for number in range(PEOPLE))
    for name in names:
        signed.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": name},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        signed.admin_set_user_password(
            UserPoolId=pool_id, Username=name, Password=PASSWORD, Permanent=True
        )
    return names


def _client_of(peer: Peer) -> UserPoolClient:
    """A pool, a client and people on a peer that speaks cognito-idp."""
    signed = boto3.client(
        "cognito-idp",
        region_name="us-east-1",
        endpoint_url=f"http://{peer.host}",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(retries={"total_max_attempts": 1}),
    )
    pool = signed.create_user_pool(PoolName="bench", UsernameAttributes=["email"])["UserPool"]
    client = signed.create_user_pool_client(
        UserPoolId=pool["Id"], ClientName="bench", ExplicitAuthFlows=FLOWS
    )["UserPoolClient"]
    names = people(signed, pool["Id"])
    return UserPoolClient(peer.host, pool["Id"], client["ClientId"], names, PASSWORD)
