"""Who is called is decided once, by one host: no second word about it leads to another's API, to
another stage, or around an address that is switched off."""

from __future__ import annotations

import pytest

from gateway.snapshot import (
    Api,
    ApiMapping,
    HttpProxyIntegration,
    Route,
    Snapshot,
    Stage,
)
from poolgate.server import request_head
from tests.attacks.gateway.live import Live, statuses
from tests.gateway.conftest import Served, ok
from tests.gateway.plane import Plane

MINE, THEIRS = "api.mine.example", "api.theirs.example"


def api_of(api_id: str, url: str, **options) -> Api:
    """`prod` and `dev`, whose backends see the stage in the path."""
    stages = {
        name: Stage(name, [Route("ANY /{proxy+}", HttpProxyIntegration(f"{url}/{name}/{{proxy}}"))])
        for name in ("prod", "dev")
    }
    return Api(api_id, api_id, stages, **options)


@pytest.fixture
def plane(tokens):
    made = Plane(tokens)
    yield made
    made.pool.close()


@pytest.fixture
def backends(upstream):
    return {name: upstream(ok(name.encode())) for name in ("mine", "theirs", "private")}


@pytest.fixture
def server(plane: Plane, serve, backends) -> Served:
    private = api_of("private", backends["private"].url, execute_api_endpoint=False)
    apis = [api_of(name, backends[name].url) for name in ("mine", "theirs")]
    plane.holder.swap(
        Snapshot.of(
            [*apis, private],
            {
                MINE: [ApiMapping("", "mine", "prod")],
                THEIRS: [ApiMapping("shop", "theirs", "prod")],
                "api.private.example": [ApiMapping("", "private", "prod")],
                "*.execute-api.mine.example": [ApiMapping("", "mine", "prod")],
            },
        )
    )
    return serve(plane.app)


@pytest.mark.parametrize("host", [MINE, MINE.upper(), f"{MINE}.", f"{MINE}:443", f"{MINE}.:8080"])
def test_spellings_of_a_host_are_the_same_host(server, backends, host):
    assert server.get("/a", headers={"Host": host}).body == b"mine"
    assert backends["mine"].heads()[0].split()[1] == "/prod/a"


FORMS_OF_THEIRS = [
    "/execute-api/theirs/prod/a",
    "/_aws/execute-api/theirs/prod/a",
    "/restapis/theirs/prod/_user_request_/a",
    "//execute-api/theirs/prod/a",
    "/%65xecute-api/theirs/prod/a",
    "/theirs/prod/a",
    "/shop/a",
]


@pytest.mark.parametrize("path", FORMS_OF_THEIRS)
@pytest.mark.parametrize(
    "host",
    [
        MINE,
        "mine.execute-api.localhost",
        "theirs.execute-api.mine.example",
        "execute-api.execute-api.mine.example",
    ],
)
def test_a_host_of_mine_serves_nothing_of_theirs(server, backends, host, path):
    server.get(path, headers={"Host": host})
    assert backends["theirs"].requests == []


@pytest.mark.parametrize(
    "host",
    [
        f"{MINE}@{THEIRS}",
        f"{THEIRS}, {MINE}",
        f"{MINE},{THEIRS}",
        f"{THEIRS}/",
        f"{THEIRS}/shop",
        f"{THEIRS}#",
        f"{THEIRS}?",
        f"{THEIRS}:80:80",
        f"{THEIRS}:x",
        f"{THEIRS} ",
        f"{THEIRS}\\",
        f"x{THEIRS}",
        f"{THEIRS}x",
        f"{THEIRS}%00.mine.example",
        THEIRS.replace("i", "\xed"),
    ],
)
def test_a_host_that_is_nearly_theirs_is_not_theirs(server, backends, host):
    data = f"GET /shop/a HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1")
    server.raw(data)
    if host != f"{THEIRS} ":  # white space around a value is no part of it
        assert backends["theirs"].requests == []


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-Host",
        "Forwarded",
        "X-Host",
        "X-Original-Host",
        "X-HTTP-Host-Override",
        "X-Forwarded-Server",
        "X-Original-URL",
        "X-Rewrite-URL",
    ],
)
def test_no_other_header_names_the_host_or_path(server, backends, name):
    value = f"host={THEIRS}" if name == "Forwarded" else f"{THEIRS}/shop/a"
    answer = server.get("/a", headers={"Host": MINE, name: value})
    assert answer.body == b"mine"
    head = backends["mine"].heads()[0]
    assert backends["theirs"].requests == []
    assert f"x-forwarded-host: {MINE}" in head


@pytest.mark.parametrize(
    "path", ["/dev/a", "/%64ev/a", "//dev/a", "/prod/../dev/a", "/..%2fdev/a", "/..;/dev/a"]
)
def test_a_domain_stays_in_the_stage_that_it_is_mapped_to(server, backends, path):
    server.get(path, headers={"Host": MINE})
    assert not any(head.split()[1].startswith("/dev") for head in backends["mine"].heads())


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("private.execute-api.localhost", "/prod/a"),
        ("PRIVATE.EXECUTE-API.LOCALHOST", "/prod/a"),
        ("private.execute-api.us-east-1.localhost", "/prod/a"),
        ("localhost", "/execute-api/private/prod/a"),
        ("localhost", "/_aws/execute-api/private/prod/a"),
        ("localhost", "/restapis/private/prod/_user_request_/a"),
    ],
)
def test_an_address_that_is_switched_off_has_no_other_spelling(server, backends, host, path):
    assert server.get(path, headers={"Host": host}).status in {403, 404}
    assert server.get("/a", headers={"Host": "api.private.example"}).body == b"private"
    assert len(backends["private"].requests) == 1


@pytest.mark.parametrize("path", ["/", "/a", "/shopping", "/shop%2fa", "/shop;x/a", "/SHOP/a"])
def test_a_path_that_no_mapping_has_leads_nowhere(server, backends, path):
    assert server.get(path, headers={"Host": THEIRS}).status in {403, 404}
    assert not any(backend.requests for backend in backends.values())


def test_the_authority_of_a_target_is_the_only_host_there_is():
    """RFC 9112 §3.2.2: "the server MUST ignore the received Host header field (if any)"; whoever
    reads the lines as they came, such as the event of a function, must not read the other one."""
    head = request_head.parse(
        b"GET http://theirs.example/a HTTP/1.1\r\nHost: mine.example\r\nX-Some: a\r\n"
    )
    assert [value for name, value in head.fields if name == "host"] == ["theirs.example"]
    assert head.lines == ("X-Some: a", "Host: theirs.example")
    with pytest.raises(request_head.RequestRefused):
        request_head.parse(b"GET http://a.example/ HTTP/1.1\r\nHost: b.example/x\r\n")


def test_on_the_server_the_authority_of_a_target_decides(live: Live):
    http, rest = live.hosts["HTTP"], live.hosts["REST"]
    data = f"GET http://{rest}/a HTTP/1.1\r\nHost: {http}\r\n\r\n".encode()
    assert statuses(live.raw(data)) == [403]  # the REST API has no such stage
    assert live.backend.requests == []
    data = f"GET http://{http}/a HTTP/1.1\r\nHost: {rest}\r\n\r\n".encode()
    assert statuses(live.raw(data)) == [200]
    [head] = live.backend.heads()
    assert rest not in head
