"""A WSGI environment as a request."""

from __future__ import annotations

import pytest

from kernel.aws.wire import Request

ENVIRON = {"REQUEST_METHOD": "GET", "PATH_INFO": "/v2/apis/a/b", "QUERY_STRING": "x=1"}


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_the_raw_target_keeps_encoded_slashes(name):
    request = Request.from_environ({**ENVIRON, name: "/v2/apis/a%2Fb?x=%31"})
    assert (request.path, request.query) == ("/v2/apis/a%2Fb", "x=%31")


def test_absolute_form_of_the_target():
    request = Request.from_environ({**ENVIRON, "RAW_URI": "http://host:1/v2/apis?x"})
    assert (request.path, request.query) == ("/v2/apis", "x")
    assert Request.from_environ({**ENVIRON, "RAW_URI": "http://host"}).path == "/"


def test_without_a_raw_target_the_path_is_encoded_again():
    path = "/tags/a b é".encode().decode("latin-1")
    request = Request.from_environ({**ENVIRON, "PATH_INFO": path})
    assert (request.path, request.query) == ("/tags/a%20b%20%C3%A9", "x=1")


def test_header_names_are_lower_case_and_content_type_is_among_them():
    environ = {**ENVIRON, "HTTP_X_AMZ_TARGET": "T", "CONTENT_TYPE": "Text/JSON; charset=x"}
    request = Request.from_environ(environ)
    assert request.headers == {"x-amz-target": "T", "content-type": "Text/JSON; charset=x"}
    assert request.media_type == "text/json"
