"""MOCK integrations, over a socket."""

from __future__ import annotations

import pytest

from gateway.integrations.mock import status_of
from gateway.snapshot import IntegrationResponse, RestIntegration, Route
from tests.gateway.plane import HOST


def _mock(template: str, *responses: IntegrationResponse) -> Route:
    return Route(
        "GET /",
        RestIntegration(
            "MOCK", request_templates={"application/json": template}, responses=responses
        ),
    )


@pytest.mark.parametrize(
    ("rendered", "status"),
    [
        (b'{"statusCode": 200}', 200),
        (b"{statusCode: 404}", 404),
        (b"{ 'statusCode' : '503', x: 1}", 503),
        (b'{"statusCode": "201"}', 201),
        (b'{"status": 200}', None),
        (b'{"statusCode": 900}', None),
        (b"", None),
        (b"[]", None),
    ],
)
def test_the_rendered_template_names_the_status(rendered, status):
    assert status_of(rendered) == status


def test_the_status_selects_the_response(plane, server):
    plane.show_rest(
        _mock(
            "{statusCode: 404}",
            IntegrationResponse("200", templates={"application/json": "fine"}),
            IntegrationResponse("404", "4\\d{2}", templates={"application/json": "none"}),
        )
    )
    answer = server.get("/prod", headers=HOST)

    assert (answer.status, answer.body) == (404, b"none")


@pytest.mark.parametrize(
    ("accept", "body"),
    [("application/xml", b"<x/>"), ("application/json", b"{}"), ("*/*", b"{}"), ("a/b", b"{}")],
)
def test_the_template_is_the_one_that_the_client_accepts(plane, server, accept, body):
    templates = {"application/xml": "<x/>", "application/json": "{}"}
    plane.show_rest(_mock("{statusCode: 200}", IntegrationResponse("200", templates=templates)))
    answer = server.get("/prod", headers={**HOST, "Accept": accept})

    assert (answer.status, answer.body) == (200, body)


def test_a_status_that_no_response_matches_is_an_internal_error(plane, server):
    plane.show_rest(_mock("{statusCode: 404}", IntegrationResponse("200", "2\\d{2}")))

    assert server.get("/prod", headers=HOST).status == 500


def test_a_mock_without_a_template_is_an_internal_error(plane, server):
    plane.show_rest(
        Route("GET /", RestIntegration("MOCK", responses=(IntegrationResponse("200"),)))
    )

    assert server.get("/prod", headers=HOST).json == {"message": "Internal server error"}
