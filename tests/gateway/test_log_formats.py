"""The formats of access logs, and where the lines of stages and their canaries go."""

from __future__ import annotations

import json

import pytest

from gateway.control.compiling.rest import compile_stage
from gateway.log_destinations import destination_of, of_canary
from gateway.log_formats import Variable, compile_format
from gateway.snapshot import AccessLog, HttpProxyIntegration, RestIntegration, Route
from tests.gateway.plane import API_HOST, MOCK
from tests.waiting import wait_until

HOST = {"Host": API_HOST, "User-Agent": 'Ada\'s "agent", 1 < 2'}
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/pets"
STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-pets"


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ('{"agent": "$context.identity.userAgent"}', '{"agent": "Ada\'s \\"agent\\", 1 < 2"}'),
        (
            "<a>$context.identity.userAgent</a>",
            "<a>Ada&apos;s &quot;agent&quot;, 1 &lt; 2</a>",
        ),
        (
            "$context.status,$context.identity.userAgent",
            '200,"Ada\'s ""agent"", 1 < 2"',
        ),
        (
            '"$context.identity.userAgent","$context.status"',
            '"Ada\'s ""agent"", 1 < 2","200"',
        ),
        ('$context.status "$context.identity.userAgent"', '200 "Ada\'s \\"agent\\", 1 < 2"'),
        ("$context.status $context.nothing.known $5", "200 - $5"),
        ("[$context.httpMethod $context.stage]", "[GET prod]"),
    ],
)
def test_values_are_escaped_as_the_format_needs(plane, serve, template, line):
    plane.show_rest(Route("GET /", MOCK), access_log=AccessLog(GROUP, template))
    serve(plane.app).get("/prod", headers=HOST)

    assert plane.lines == [(GROUP, line)]


def test_the_quoted_error_is_quoted_once(plane, serve):
    for template in ('{"e": $context.error.messageString}', "<e>$context.error.messageString</e>"):
        plane.show_rest(Route("GET /", MOCK), access_log=AccessLog(GROUP, template))
        serve(plane.app).get("/prod/none", headers=HOST)

    assert json.loads(plane.lines[0][1])["e"] == "Missing Authentication Token"
    assert plane.lines[1][1] == "<e>&quot;Missing Authentication Token&quot;</e>"


def test_a_backends_failure_is_told_apart_from_what_the_client_is_told(plane, serve):
    target = RestIntegration("HTTP_PROXY", "GET", "http://127.0.0.1:1/")
    template = "$context.error.responseType|$context.error.message|$context.integration.error"
    plane.show_rest(Route("GET /", target), access_log=AccessLog(GROUP, template))
    serve(plane.app).get("/prod", headers=HOST)

    kind, message, cause = plane.lines[0][1].split("|")
    assert (kind, message) == ("INTEGRATION_FAILURE", "Network error communicating with endpoint")
    assert "connect" in cause


def test_an_http_api_logs_refusals_and_replies(plane, serve, http_echo):
    log = AccessLog(GROUP, "$context.routeKey $context.status $context.integrationStatus")
    plane.show(Route("GET /pets", HttpProxyIntegration(http_echo)), access_log=log)
    server = serve(plane.app)
    server.get("/dogs", headers=HOST)
    server.get("/pets", headers=HOST)

    wait_until(lambda: len(plane.lines) == 2)
    assert plane.lines == [(GROUP, "- 404 -"), (GROUP, "GET /pets 200 200")]


def test_a_format_is_read_once():
    template = "$context.requestId $context.status"

    assert compile_format(template) is compile_format(template)
    names = [each.name for each in compile_format(template).pieces if isinstance(each, Variable)]
    assert names == ["requestId", "status"]


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (GROUP, "log_group"),
        (f"{GROUP}:*", "log_group"),
        (STREAM, "stream"),
        ("arn:aws:s3:::bucket", None),
        ("arn:aws:logs:us-east-1:0:log-group:x", None),
        ("arn:aws:logs:us-east-1:000000000000:log-group:" + "/" * 100, None),
        ("arn:aws:logs:us-east-1:000000000000:log-group:a b", None),
        ("poolgate:stdout", None),
        ("/etc/passwd", None),
        ("", None),
    ],
)
def test_an_arn_names_a_destination_or_none(arn, kind):
    found = destination_of(arn)

    assert (found.kind if found else None) == kind


def test_a_group_is_the_same_however_its_arn_ends():
    assert destination_of(GROUP) == destination_of(f"{GROUP}:*")


def test_a_canary_has_a_group_of_its_own_and_shares_a_stream():
    assert of_canary(f"{GROUP}:*") == f"{GROUP}/Canary"
    assert of_canary(STREAM) == STREAM
    assert of_canary("poolgate:stdout") == "poolgate:stdout"


def test_a_canary_of_a_stage_logs_beside_it():
    document = {
        "accessLogSettings": {"destinationArn": GROUP, "format": "$context.requestId"},
        "canarySettings": {"percentTraffic": 10.0, "deploymentId": "second"},
    }
    kinds = ("api", "authorizers", "validators", "models", "gatewayResponses")
    parts = {kind: {} for kind in kinds}
    definition = {**parts, "resources": []}
    stage = compile_stage("prod", document, definition, str, canary_definition=definition)

    assert stage.access_log == AccessLog(GROUP, "$context.requestId")
    assert stage.canary_stage.access_log == AccessLog(f"{GROUP}/Canary", "$context.requestId")
