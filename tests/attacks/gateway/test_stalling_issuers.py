"""Issuers that stall or flood, against the server as it is run: one hub serves everybody, so that
nobody may keep it waiting."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from botocore.exceptions import ClientError

from tests.attacks.gateway.live import Live
from tests.gateway.issuer import AUDIENCE, DISCOVERY, JWKS, Issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    made.add_key("RS256", "k1")
    made.add_key("EdDSA", "k2")
    yield made
    made.close()


def guard(live: Live, issuer: Issuer, *scopes: str, **configuration: object) -> str:
    """The host of a new API behind the issuer's authorizer."""
    gateway = live.server.client("apigatewayv2")
    api = gateway.create_api(Name="guarded", ProtocolType="HTTP")["ApiId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="jwt",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer.url, "Audience": [AUDIENCE], **configuration},
    )["AuthorizerId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=live.backend.url,
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    gateway.create_route(
        ApiId=api,
        RouteKey="GET /pets",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
        AuthorizationScopes=scopes or ["pets:read"],
    )
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    host = f"{api}.execute-api.localhost"
    deadline = time.monotonic() + 5
    while ask(live, host, "") != 401:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return host


def ask(live: Live, host: str, token: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", live.server.port, timeout=20)
    with closing(connection):
        headers = {"Host": host, "Authorization": f"Bearer {token}"}
        connection.request("GET", "/pets", headers=headers)
        return connection.getresponse().status


def test_an_issuer_of_ones_own_opens_and_closes_routes(live, issuer):
    host = guard(live, issuer)
    for algorithm, kid in (("RS256", "k1"), ("EdDSA", "k2")):
        assert ask(live, host, issuer.token(algorithm, kid, scope="pets:read")) == 200
        assert ask(live, host, issuer.token(algorithm, kid, scope="pets")) == 403
        assert ask(live, host, issuer.token(algorithm, kid, aud="x", scope="pets:read")) == 401
    assert issuer.asked == [DISCOVERY, JWKS]


def test_a_stalling_issuer_holds_up_its_own_callers_alone(live, issuer):
    host = guard(live, issuer)
    issuer.delay = 20.0
    statuses: list[int] = []
    flood = [
        threading.Thread(
            target=lambda name=f"made-up-{number}": statuses.append(
                ask(live, host, issuer.token("EdDSA", "k2", name=name))
            )
        )
        for number in range(60)
    ]
    started = time.monotonic()
    for caller in flood:
        caller.start()
    time.sleep(0.3)
    slowest = 0.0
    for _ in range(10):
        before = time.monotonic()
        assert ask(live, live.hosts["HTTP"], "") == 200
        slowest = max(slowest, time.monotonic() - before)
    for caller in flood:
        caller.join()
    assert slowest < 1.3
    assert statuses == [401] * 60
    assert time.monotonic() - started < 15
    assert len(issuer.asked) <= 2
    assert issuer.most_at_once == 1


@pytest.mark.parametrize(
    "issuer_url",
    [
        "http://issuer.example",
        "https://user:word@issuer.example",
        "https://issuer.example/?x=y",
        "https://issuer.example/#x",
        "file:///etc/passwd",
        "https://",
        "https://issuer.example/\r\nX: y",
        "http://169.254.169.254/",
        "ftp://issuer.example",
        "",
    ],
)
def test_what_is_no_issuer_is_refused_when_it_is_configured(live, issuer, issuer_url):
    with pytest.raises(ClientError) as refused:
        guard(live, issuer, Issuer=issuer_url)
    assert refused.value.response["Error"]["Code"] == "BadRequestException"


def test_an_authorizer_has_fifty_audiences_and_a_route_ten_scopes(live, issuer):
    fifty = [AUDIENCE, *(f"client-{number}" for number in range(49))]
    guard(live, issuer, Audience=fifty)
    with pytest.raises(ClientError, match="at most 50 audiences"):
        guard(live, issuer, Audience=[*fifty, "one-more"])
    scopes = [f"scope-{number}" for number in range(11)]
    guard(live, issuer, *scopes[:10])
    with pytest.raises(ClientError, match="at most 10 authorization scopes"):
        guard(live, issuer, *scopes)
