"""A snapshot served under Poolgate's own addresses."""

from __future__ import annotations

import json

import pytest

from gateway.snapshot import (
    AccessLog,
    HttpProxyIntegration,
    JwtAuthorizer,
    Route,
    Throttle,
)
from kernel.tokens.revocations import Revocation
from tests.gateway.conftest import CLIENT, ISSUER, ok
from tests.gateway.plane import HOST, Plane
from tests.waiting import wait_until

AUTHORIZER = JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT}))


def _route(key: str, uri: str, **options) -> Route:
    return Route(key, HttpProxyIntegration(uri), **options)


def test_a_swapped_snapshot_serves_from_the_next_request_on(plane, server, upstream):
    target = upstream(ok())
    assert server.get("/pets", headers=HOST).status == 404
    plane.show(_route("GET /pets", target.url))
    assert server.get("/pets", headers=HOST).status == 200
    plane.show(_route("GET /cats", target.url))
    assert server.get("/pets", headers=HOST).json == {"message": "Not Found"}


def test_an_unknown_api_is_not_found_and_other_hosts_are_the_applications(server):
    answer = server.get("/", headers={"Host": "nobody.execute-api.localhost"})

    assert (answer.status, answer.json) == (404, {"message": "Not Found"})
    assert server.get("/").body == b"own"
    assert server.get("/../x").body == b"own"


def test_a_path_that_is_refused_on_an_apis_host_stays_with_the_gateway(plane, server, upstream):
    plane.show(_route("$default", upstream(ok()).url))

    assert server.get("/a/../b", headers=HOST).json == {"message": "Not Found"}


def test_stage_variables_fill_the_uri(plane, server, upstream):
    target = upstream(ok())
    uri = "http://127.0.0.1:${stageVariables.port}/${stageVariables.version}/{id}"
    variables = {"port": str(target.port), "version": "v2"}
    plane.show(_route("GET /pets/{id}", uri), stage="dev", variables=variables)

    assert server.get("/dev/pets/7", headers=HOST).status == 200
    assert target.heads()[0].startswith("GET /v2/7 ")


def test_a_route_with_an_unusable_uri_fails_alone(plane, server, upstream):
    plane.show(
        _route("GET /bad", "http://${stageVariables.missing}/"),
        _route("GET /good", upstream(ok()).url),
    )

    answer = server.get("/bad", headers=HOST)
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert server.get("/good", headers=HOST).status == 200


def test_a_revoked_session_ends_at_the_gateway_at_once(plane, server, upstream, tokens):
    plane.show(_route("GET /", upstream(ok()).url, authorizer=AUTHORIZER))
    token = tokens.access(origin_jti="session")
    assert server.get("/", headers=HOST, token=token).status == 200

    plane.revocations.add(Revocation(ISSUER, 2**33, origin_jti="session"))

    answer = server.get("/", headers=HOST, token=token)
    assert answer.status == 401
    assert "revoked" in answer.header("www-authenticate")


def test_a_token_may_come_in_the_query(plane, server, upstream, tokens):
    authorizer = JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT}), "$request.querystring.token")
    plane.show(_route("GET /", upstream(ok()).url, authorizer=authorizer))

    assert server.get(f"/?token={tokens.access()}", headers=HOST).status == 200
    assert server.get("/", headers=HOST, token=tokens.access()).status == 401


def test_id_tokens_open_routes_without_scopes_as_on_aws(plane, server, upstream, tokens):
    plane.show(_route("GET /", upstream(ok()).url, authorizer=AUTHORIZER))

    assert server.get("/", headers=HOST, token=tokens.id()).status == 200


def test_routes_without_a_throttle_of_their_own_share_the_stages(plane, server, upstream):
    target = upstream(ok()).url
    plane.show(
        _route("GET /a", target),
        _route("GET /b", target),
        _route("GET /c", target),
        default_throttle=Throttle(0.001, 2),
        route_throttles={"GET /c": Throttle(0.001, 1)},
    )

    statuses = [server.get(f"/{name}", headers=HOST).status for name in "abacca"]

    assert statuses == [200, 200, 429, 200, 429, 429]
    assert server.get("/a", headers=HOST).json == {"message": "Too Many Requests"}


def test_a_caller_who_may_not_call_takes_no_token_of_the_bucket(plane, server, upstream, tokens):
    plane.show(
        _route("GET /", upstream(ok()).url, authorizer=AUTHORIZER),
        default_throttle=Throttle(0.001, 1),
    )

    assert server.get("/", headers=HOST).status == 401
    assert server.get("/", headers=HOST, token=tokens.access()).status == 200


# Addresses that share the origin of the sign-in pages


def test_our_cookies_stay_out_of_apis_on_a_shared_origin(plane, server, upstream):
    target = upstream(ok())
    plane.show(_route("GET /", target.url))
    cookie = "a=1; poolgate-session-x=secret; __Host-poolgate-session-x=secret; b=2; POOLGATE=3"

    server.get("/execute-api/abc123/", headers={"Cookie": cookie})
    server.get("/execute-api/abc123/", headers={"Cookie": "poolgate-session-x=secret"})
    server.get("/", headers={**HOST, "Cookie": cookie})

    shared, only_ours, own_host = target.heads()
    assert "\r\ncookie: a=1; b=2\r\n" in shared
    assert "cookie" not in only_ours
    assert f"\r\ncookie: {cookie}\r\n" in own_host


def test_an_api_on_a_shared_origin_cannot_change_that_origin(plane, server, upstream):
    target = upstream(
        ok(
            b"<script>",
            "Set-Cookie: poolgate-session-x=planted; Path=/",
            "Set-Cookie: __Host-Poolgate-session-x=planted; Path=/; Secure",
            "Set-Cookie: own=1",
            "Content-Security-Policy: script-src *",
            'Clear-Site-Data: "*"',
            "Service-Worker-Allowed: /",
            "Strict-Transport-Security: max-age=1",
        )
    )
    plane.show(_route("GET /", target.url))

    answer = server.get("/_aws/execute-api/abc123/")

    assert [v for k, v in answer.headers if k.lower() == "set-cookie"] == ["own=1"]
    policies = [v for k, v in answer.headers if k.lower() == "content-security-policy"]
    assert policies == ["script-src *", "sandbox"]
    for name in ("clear-site-data", "service-worker-allowed", "strict-transport-security"):
        assert answer.header(name) is None
    assert server.get("/", headers=HOST).header("content-security-policy") == "script-src *"


def test_errors_on_a_shared_origin_are_sandboxed_too(server):
    assert server.get("/execute-api/nobody/").header("content-security-policy") == "sandbox"


# Where the gateway may connect to


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://0x7f.1:{port}/",
        "http://2130706433:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://0.0.0.0:{port}/",
    ],
)
def test_private_addresses_are_refused_unless_allowed(tokens, serve, upstream, uri):
    target = upstream(ok())
    plane = Plane(tokens, trusted=False)
    plane.show(_route("GET /", uri.replace("{port}", str(target.port))))

    assert serve(plane.app).get("/", headers=HOST).status == 503
    assert target.requests == []


def test_metadata_services_are_refused_even_to_operators(plane, server):
    plane.show(_route("GET /", "http://169.254.169.254/latest/meta-data"))

    assert server.get("/", headers=HOST).status == 503


# The access log


def test_every_request_leaves_one_line_also_those_that_fail(plane, server, upstream, tokens):
    form = (
        '{"id":"$context.requestId","ip":"$context.identity.sourceIp","key":"$context.routeKey",'
        '"status":$context.status,"length":$context.responseLength,"sub":"'
        '$context.authorizer.claims.sub","upstream":"$context.integrationStatus",'
        '"error":$context.error.messageString,"agent":"$context.identity.userAgent",'
        '"none":"$context.unheardOf"}'
    )
    log = AccessLog("arn:aws:logs:x", form)
    target = upstream(ok(b"hello"))
    plane.show(_route("GET /", target.url, authorizer=AUTHORIZER), access_log=log)

    answer = server.get("/", headers=HOST, token=tokens.access())
    server.get("/", headers={**HOST, "User-Agent": 'x","status":200,"y":"'})

    lines = _lines_by_status(plane, 2)
    assert lines[200] == {
        "id": answer.header("apigw-requestid"),
        "ip": "127.0.0.1",
        "key": "GET /",
        "status": 200,
        "length": 5,
        "sub": "someone",
        "upstream": "200",
        "error": "-",
        "agent": "-",
        "none": "-",
    }
    assert (lines[401]["sub"], lines[401]["error"]) == ("-", "the request has no token")
    assert lines[401]["agent"] == 'x","status":200,"y":"'


def test_the_log_counts_bytes_and_names_the_backends_request(plane, server, upstream):
    form = '{"status":$context.status,"bytes":"$context.dataProcessed","id":"'
    form += '$context.awsEndpointRequestId","second":"$context.awsEndpointRequestId2"}'
    target = upstream(ok(b"hello", "x-amz-request-id: r1", "x-amz-id-2: r2"))
    plane.show(_route("POST /", target.url), access_log=AccessLog("log", form))

    server.request("POST", "/", headers=HOST, body=b"four")
    assert _lines_by_status(plane, 1)[200] == {
        "status": 200,
        "bytes": "9",
        "id": "r1",
        "second": "r2",
    }
    plane.lines.clear()
    server.request("POST", "/", headers=HOST, body=iter([b"four"]), encode_chunked=True)
    assert _lines_by_status(plane, 1)[200]["bytes"] == "-"


def _lines_by_status(plane: Plane, count: int) -> dict[int, dict]:
    """The log's lines: each is written after its reply, so it may come a moment later."""
    wait_until(lambda: len(plane.lines) >= count)
    assert len(plane.lines) == count
    return {line["status"]: line for line in (json.loads(text) for _, text in plane.lines)}
