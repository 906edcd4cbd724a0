"""Request validators, over a socket."""

from __future__ import annotations

import pytest

from gateway.snapshot import GatewayResponse, RestIntegration, RestMethod, RestSettings
from tests.gateway.conftest import ok
from tests.gateway.rest.conftest import JSON

PARAMETERS = {
    "method.request.querystring.q": True,
    "method.request.path.proxy": True,
    "method.request.header.X-Name": True,
    "method.request.header.X-Other": False,
}
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def _show(rest, *, stage: RestSettings | None = None, **members) -> None:
    rest.mock(body="fine", method=RestMethod("abc", **members), rest=stage or RestSettings())


def test_missing_parameters_are_told_header_path_query(rest):
    _show(rest, validates_parameters=True, request_parameters=PARAMETERS)
    answer = rest.call(path="/x")

    assert answer.status == 400
    assert answer.json == {"message": "Missing required request parameters: [X-Name, q]"}
    assert answer.header("x-amzn-ErrorType") == "BadRequestException"


def test_blank_parameters_are_missing(rest):
    _show(rest, validates_parameters=True, request_parameters=PARAMETERS)

    assert rest.call(path="/x?q=", headers={"X-Name": "a"}).status == 400
    assert rest.call(path="/x?q=1", headers={"X-Name": "a"}).body == b"fine"


def test_parameters_are_not_asked_for_without_a_validator(rest):
    _show(rest, request_parameters=PARAMETERS)

    assert rest.call().status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"name": "Rex"}', 200),
        (b'{"name": 1}', 400),
        (b"{}", 400),
        (b"", 400),
        (b"no json", 400),
        (b"[" * 5_000, 400),
        (b"[" * 200 + b"]" * 200, 400),
    ],
)
def test_a_body_must_fit_its_model(rest, body, status):
    _show(rest, validates_body=True, request_models={JSON: PET})
    answer = rest.call("POST", headers={"Content-Type": f"{JSON}; charset=utf-8"}, body=body)

    assert answer.status == status
    if status == 400:
        assert answer.json == {"message": "Invalid request body"}


def test_a_body_without_a_content_type_is_json(rest):
    _show(rest, validates_body=True, request_models={JSON: PET})

    assert rest.call("POST", body=b"{}").status == 400


def test_another_content_type_has_no_model_but_the_default_ones(rest):
    _show(rest, validates_body=True, request_models={JSON: PET})
    request = {"headers": {"Content-Type": "text/plain"}, "body": b'{"statusCode": 200}'}
    assert rest.call("POST", **request).status == 200

    _show(rest, validates_body=True, request_models={"$default": PET})
    assert rest.call("POST", **request).status == 400


def test_a_model_refers_to_another(rest):
    reference = {"$ref": "https://apigateway.amazonaws.com/restapis/abc123/models/Pet"}
    models = {"Pet": PET}
    schema = {"type": "array", "items": reference}
    stage = RestSettings(models=models)
    _show(rest, stage=stage, validates_body=True, request_models={JSON: schema})

    assert rest.call("POST", body=b'[{"name": "Rex"}]').status == 200
    assert rest.call("POST", body=b"[{}]").status == 400


def test_a_gateway_response_tells_what_is_wrong(rest):
    template = (
        '{"message": $context.error.messageString, "why": "$context.error.validationErrorString"}'
    )
    stage = RestSettings(
        gateway_responses={"BAD_REQUEST_BODY": GatewayResponse("422", {}, {JSON: template})}
    )
    _show(rest, stage=stage, validates_body=True, request_models={JSON: PET})
    answer = rest.call("POST", body=b'{"name": 1}')

    assert answer.status == 422
    assert answer.json == {"message": "Invalid request body", "why": "[name: it is not string]"}


def test_a_model_that_is_no_schema_is_the_apis_mistake(rest):
    _show(rest, validates_body=True, request_models={JSON: {"type": "thing"}})

    assert rest.call("POST", body=b"{}").status == 500


def test_a_proxy_passes_a_body_that_was_validated(rest, upstream):
    target = upstream(ok(b"fine"))
    rest.show(
        RestIntegration("HTTP_PROXY", "POST", target.url),
        method=RestMethod("abc", validates_body=True, request_models={JSON: PET}),
    )

    assert rest.call("POST", body=b'{"name": "Rex"}').body == b"fine"
    assert target.requests[0].endswith(b'\r\n\r\n{"name": "Rex"}')
    assert rest.call("POST", body=b"{}").status == 400
    assert len(target.requests) == 1


def test_a_chunked_body_is_passed_on_after_it_was_read(rest, upstream):
    target = upstream(ok(b"fine"))
    rest.show(
        RestIntegration("HTTP_PROXY", "POST", target.url),
        method=RestMethod("abc", validates_body=True, request_models={JSON: PET}),
    )
    answer = rest.call("POST", body=iter([b'{"name":', b' "Rex"}']), encode_chunked=True)

    assert answer.status in {200, 411}
    if answer.status == 200:
        assert target.requests[0].endswith(b'f\r\n{"name": "Rex"}\r\n0\r\n\r\n')
