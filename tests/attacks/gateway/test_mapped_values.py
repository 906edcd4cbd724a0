"""What a client sends is mapped into headers, paths and queries, and stays there."""

from __future__ import annotations

import pytest

from gateway.snapshot import (
    GatewayResponse,
    HttpProxyIntegration,
    IntegrationResponse,
    RestIntegration,
    RestSettings,
    Route,
)
from tests.gateway.conftest import ok
from tests.gateway.plane import API_HOST, Plane

HOST = {"Host": API_HOST}
BREAKS = ["a%0d%0aX-Evil:%20yes", "a%0aX-Evil:%20yes", "a%0dX-Evil:%20yes", "a%00b"]


@pytest.fixture
def plane(tokens):
    made = Plane(tokens)
    yield made
    made.pool.close()


@pytest.fixture
def server(plane, serve):
    return serve(plane.app)


def _http(url: str, **mappings: str) -> RestIntegration:
    parameters = {
        f"integration.request.{place.replace('_', '.')}": source
        for place, source in mappings.items()
    }
    return RestIntegration(
        "HTTP", "GET", url, request_parameters=parameters, responses=(IntegrationResponse("200"),)
    )


@pytest.mark.parametrize("value", BREAKS)
def test_no_line_break_begins_another_header_of_a_request(plane, server, upstream, value):
    target = upstream(ok())
    plane.show_rest(Route("GET /x", _http(target.url, header_x="method.request.querystring.q")))
    server.get(f"/prod/x?q={value}", headers=HOST)

    lines = target.heads()[0].lower().split("\r\n")
    assert not [line for line in lines if line.startswith("x-evil")]
    assert "\n" not in "".join(lines)


@pytest.mark.parametrize("value", BREAKS)
def test_no_line_break_begins_another_header_of_a_reply(plane, server, value):
    response = IntegrationResponse(
        "200",
        parameters={"method.response.header.x": "method.request.querystring.q"},
        templates={
            "application/json": "#set($context.responseOverride.header.y = $input.params('q'))"
            "#set($context.responseOverride.header[$input.params('q')] = 'z')"
        },
    )
    mock = RestIntegration(
        "MOCK",
        request_templates={"application/json": "{statusCode: 200}"},
        responses=(response,),
    )
    plane.show_rest(Route("GET /x", mock))
    answer = server.get(f"/prod/x?q={value}", headers=HOST)

    assert answer.status == 200
    assert answer.header("x-evil") is None
    assert not any(set(text) & set("\r\n\0") for pair in answer.headers for text in pair)


@pytest.mark.parametrize("value", BREAKS)
def test_no_line_break_begins_another_header_of_an_http_api(plane, server, upstream, value):
    target = upstream(ok())
    mappings = {"append:header.x": "$request.querystring.q"}
    plane.show(Route("GET /x", HttpProxyIntegration(target.url, request_parameters=mappings)))
    server.get(f"/x?q={value}", headers=HOST)

    assert not [line for line in target.heads()[0].split("\r\n") if line.startswith("X-Evil")]


@pytest.mark.parametrize(
    "value", ["..", ".", "../admin", "..%2Fadmin", "%2e%2e", "..%5cadmin", "..;/admin", "a%0ab"]
)
def test_no_value_climbs_out_of_its_place_in_a_path(plane, server, upstream, value):
    target = upstream(ok())
    integration = _http(f"{target.url}/pets/{{id}}/x", path_id="method.request.querystring.q")
    plane.show_rest(Route("GET /x", integration))
    answer = server.get(f"/prod/x?q={value}", headers=HOST)

    assert (answer.status, target.connections) == (400, 0)


def test_no_value_adds_a_query_or_a_fragment_to_a_path(plane, server, upstream):
    target = upstream(ok())
    integration = _http(f"{target.url}/pets/{{id}}", path_id="method.request.header.x-id")
    plane.show_rest(Route("GET /x", integration))
    server.get("/prod/x", headers={**HOST, "X-Id": "7?admin=1#x"})

    assert target.heads()[0].startswith("GET /pets/7%3Fadmin%3D1%23x ")


def test_no_value_adds_a_parameter_to_a_query(plane, server, upstream):
    target = upstream(ok())
    integration = _http(target.url, querystring_q="method.request.header.x-q")
    plane.show_rest(Route("GET /x", integration))
    server.get("/prod/x", headers={**HOST, "X-Q": "1&admin=1 #x"})

    assert target.heads()[0].startswith("GET /?q=1%26admin%3D1%20%23x ")


@pytest.mark.parametrize("value", ["..", "../admin", "..\\admin"])
def test_no_value_climbs_out_of_an_overwritten_path(plane, server, upstream, value):
    target = upstream(ok())
    mappings = {"overwrite:path": "/pets/$request.header.x-id/x"}
    plane.show(Route("GET /x", HttpProxyIntegration(target.url, request_parameters=mappings)))
    answer = server.get("/x", headers={**HOST, "X-Id": value})

    assert (answer.status, target.connections) == (400, 0)


@pytest.mark.parametrize(
    "name",
    ["Transfer-Encoding", "Content-Length", "Connection", "Upgrade", "TE", "bad name", "x\r\n"],
)
def test_a_mapping_does_not_frame_a_message(plane, server, upstream, name):
    target = upstream(ok())
    integration = RestIntegration(
        "HTTP",
        "POST",
        target.url,
        request_parameters={f"integration.request.header.{name}": "'chunked'"},
        responses=(
            IntegrationResponse("200", parameters={f"method.response.header.{name}": "'chunked'"}),
        ),
    )
    plane.show_rest(Route("POST /x", integration))
    answer = server.request("POST", "/prod/x", headers=HOST, body=b"abc")

    assert answer.status == 200
    assert "chunked" not in target.heads()[0]
    assert "chunked" not in str(answer.headers)


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding", "x-amzn-RequestId\r\nx"])
def test_a_gateway_response_does_not_frame_a_message(plane, server, name):
    response = GatewayResponse(None, {f"gatewayresponse.header.{name}": "'5'"})
    plane.show_rest(rest=RestSettings(gateway_responses={"DEFAULT_4XX": response}))
    answer = server.get("/prod/x", headers=HOST)

    assert answer.json == {"message": "Missing Authentication Token"}
    assert [pair for pair in answer.headers if pair[0] == name] in (
        [],
        [("Content-Length", str(len(answer.body)))],
    )


@pytest.mark.parametrize("status", ["204", "304"])
def test_a_status_without_a_body_has_none(plane, server, status):
    response = IntegrationResponse(status, templates={"application/json": "HTTP/1.1 200 smuggled"})
    mock = RestIntegration(
        "MOCK", request_templates={"application/json": "{statusCode: 200}"}, responses=(response,)
    )
    plane.show_rest(Route("GET /x", mock))
    request = f"GET /prod/x HTTP/1.1\r\nHost: {API_HOST}\r\n\r\n".encode()

    received = server.raw(request)
    assert received.startswith(f"HTTP/1.1 {status}".encode())
    assert b"smuggled" not in received


def test_an_interim_status_is_no_reply(plane, server):
    mock = RestIntegration(
        "MOCK",
        request_templates={"application/json": "{statusCode: 200}"},
        responses=(IntegrationResponse("101"),),
    )
    interim = GatewayResponse("100")
    plane.show_rest(
        Route("GET /x", mock), rest=RestSettings(gateway_responses={"DEFAULT_4XX": interim})
    )

    assert server.get("/prod/x", headers=HOST).status == 500
    assert server.get("/prod/none", headers=HOST).status == 403


SHARED = "/restapis/abc123/prod/_user_request_/x"


def test_an_api_on_the_main_host_does_not_see_how_people_sign_in(plane, server, upstream):
    target = upstream(ok())
    integration = RestIntegration(
        "HTTP",
        "POST",
        target.url,
        request_parameters={"integration.request.header.x": "method.request.header.Cookie"},
        request_templates={"application/json": "$input.params('Cookie') $input.params().header"},
        responses=(IntegrationResponse("200"),),
    )
    plane.show_rest(Route("POST /x", integration))
    cookies = {"Cookie": "a=1; __Host-poolgate_session=secret; b=2"}
    server.request("POST", SHARED, headers=cookies, body=b"{}")

    assert b"secret" not in target.requests[0]
    assert b"a=1; b=2" in target.requests[0]


def test_an_api_on_the_main_host_does_not_change_it(plane, server):
    named = {
        f"method.response.header.{name}": "'x'"
        for name in ("Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security")
    }
    response = IntegrationResponse(
        "200",
        parameters={**named, "method.response.header.Set-Cookie": "'__Host-poolgate_session=x'"},
    )
    mock = RestIntegration(
        "MOCK", request_templates={"application/json": "{statusCode: 200}"}, responses=(response,)
    )
    plane.show_rest(Route("GET /x", mock))
    answer = server.get(SHARED)

    assert answer.status == 200
    assert answer.header("content-security-policy") == "sandbox"
    for name in ("Clear-Site-Data", "Service-Worker-Allowed", "Set-Cookie"):
        assert answer.header(name) is None


def test_a_gateway_response_escapes_what_the_client_said(plane, server):
    response = GatewayResponse(
        None,
        {"gatewayresponse.header.X-Path": "method.request.querystring.q"},
        {"application/json": '{"q": "$method.request.querystring.q", "p": "$context.path"}'},
    )
    plane.show_rest(rest=RestSettings(gateway_responses={"DEFAULT_4XX": response}))
    answer = server.get('/prod/x?q=%22,"a":"%0d%0aX-Evil:1', headers=HOST)

    assert set(answer.json) == {"q", "p"}
    assert answer.header("x-evil") is None


def test_a_reply_without_end_is_not_read_without_end(plane, server, upstream):
    block = b"x" * 1_000_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n"
    target = upstream(head + block * 20)
    plane.show_rest(Route("GET /x", _http(target.url)))

    assert server.get("/prod/x", headers=HOST).json == {"message": "Internal server error"}
