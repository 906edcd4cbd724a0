"""What REST APIs answer by themselves, over a socket."""

from __future__ import annotations

from gateway.rest.gateway_responses import KINDS, default_status
from gateway.snapshot import GatewayResponse, RestIntegration, RestSettings, Route
from tests.gateway.plane import HOST, Plane

MOCK = RestIntegration("MOCK")


def _show(plane: Plane, **responses: GatewayResponse) -> None:
    plane.show_rest(
        Route("GET /pets/{id}", MOCK),
        rest=RestSettings(gateway_responses=responses),
        variables={"colour": "green"},
    )


def test_there_are_the_21_types_of_the_service_model():
    from botocore.session import get_session

    model = get_session().get_service_model("apigateway")
    assert set(model.shape_for("GatewayResponseType").enum) == set(KINDS)


def test_default_statuses_are_those_of_the_developer_guide():
    expected = {
        "ACCESS_DENIED": 403,
        "INTEGRATION_FAILURE": 504,
        "INTEGRATION_TIMEOUT": 504,
        "QUOTA_EXCEEDED": 429,
        "UNSUPPORTED_MEDIA_TYPE": 415,
        "DEFAULT_4XX": None,
    }
    assert {kind: default_status(kind) for kind in expected} == expected


def test_an_unknown_path_is_told_as_a_missing_token(plane, server):
    _show(plane)
    answer = server.get("/prod/nowhere", headers=HOST)

    assert answer.status == 403
    assert answer.body == b'{"message":"Missing Authentication Token"}'
    assert answer.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    assert len(answer.header("x-amzn-RequestId")) == 36
    assert answer.header("x-amz-apigw-id").endswith("=")
    assert answer.header("apigw-requestid") is None


def test_another_method_is_told_as_a_missing_token(plane, server):
    _show(plane)
    answer = server.request("POST", "/prod/pets/1", headers=HOST)

    assert (answer.status, answer.json) == (403, {"message": "Missing Authentication Token"})


def test_an_unknown_stage_is_forbidden(plane, server):
    _show(plane)
    answer = server.get("/beta/pets/1", headers=HOST)

    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
    assert answer.header("x-amzn-ErrorType") == "ForbiddenException"


def test_a_set_response_changes_status_headers_and_body(plane, server):
    _show(
        plane,
        MISSING_AUTHENTICATION_TOKEN=GatewayResponse(
            "404",
            {
                "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
                "gatewayresponse.header.X-Asked": "method.request.header.X-Name",
                "gatewayresponse.header.X-Colour": "stageVariables.colour",
                "gatewayresponse.header.X-Path": "context.path",
                "gatewayresponse.header.X-None": "method.request.querystring.none",
            },
            {"application/json": '{"said":$context.error.messageString,"at":"$context.stage"}'},
        ),
    )
    answer = server.get("/prod/nowhere", headers={**HOST, "X-Name": "Ada"})

    assert (answer.status, answer.json) == (
        404,
        {"said": "Missing Authentication Token", "at": "prod"},
    )
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("x-asked") == "Ada"
    assert answer.header("x-colour") == "green"
    assert answer.header("x-path") == "/prod/nowhere"
    assert answer.header("x-none") is None


def test_the_default_response_shows_through_on_types_that_are_not_set(plane, server):
    _show(plane, DEFAULT_4XX=GatewayResponse("418"))

    assert server.get("/prod/nowhere", headers=HOST).status == 418


def test_a_type_that_is_set_hides_the_default_response(plane, server):
    own = GatewayResponse(None, {"gatewayresponse.header.X-Own": "'yes'"})
    _show(plane, DEFAULT_4XX=GatewayResponse("418"), MISSING_AUTHENTICATION_TOKEN=own)
    answer = server.get("/prod/nowhere", headers=HOST)

    assert (answer.status, answer.header("x-own")) == (403, "yes")


def test_the_template_is_chosen_by_accept(plane, server):
    templates = {"application/xml": "<no/>", "application/json": '{"no":1}'}
    _show(plane, DEFAULT_4XX=GatewayResponse(None, {}, templates))

    xml = server.get("/prod/x", headers={**HOST, "Accept": "application/xml"})
    other = server.get("/prod/x", headers={**HOST, "Accept": "image/png"})
    assert (xml.body, xml.header("content-type")) == (b"<no/>", "application/xml")
    assert (other.body, other.header("content-type")) == (b'{"no":1}', "application/json")


def test_http_apis_keep_their_own_answers(plane, server, upstream):
    plane.show()
    answer = server.get("/nowhere", headers=HOST)

    assert (answer.status, answer.json) == (404, {"message": "Not Found"})
    assert answer.header("x-amzn-ErrorType") is None
    assert answer.header("apigw-requestid")


def test_an_integration_that_cannot_be_served_is_an_internal_error(plane, server):
    plane.show_rest(Route("GET /", RestIntegration("HTTP", uri="http://${stageVariables.none}")))
    answer = server.get("/prod", headers=HOST)

    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
    assert answer.header("content-type") == "application/json"
