from __future__ import annotations

import pytest

from gateway.integrations.endpoint import Endpoint, InvalidEndpoint


def _target(uri: str, variables: dict[str, str] | None = None, query: str = "") -> str:
    return Endpoint.compile(uri, {"stage": "v1", "port": "81"}).target(variables or {}, query)


@pytest.mark.parametrize(
    ("uri", "variables", "query", "target"),
    [
        ("http://h", {}, "", "/"),
        ("http://h?a=b", {}, "c=d", "/?a=b&c=d"),
        ("http://h/x/", {}, "c", "/x/?c"),
        ("http://h/{a}/y/{b}", {"a": "1", "b": "2/3"}, "", "/1/y/2/3"),
        ("http://h/{proxy+}", {"proxy": "a/b"}, "", "/a/b"),
        ("http://h/{missing}", {}, "", "/"),
        ("http://h/${stageVariables.stage}/x", {}, "", "/v1/x"),
        ("http://h/x?a={a}", {"a": "1&b=2"}, "", "/x?a=1%26b%3D2"),
    ],
)
def test_targets_are_filled_in(uri, variables, query, target):
    assert _target(uri, variables, query) == target


@pytest.mark.parametrize(
    ("uri", "authority"),
    [
        ("http://Host.Example", "host.example"),
        ("http://h:80/", "h"),
        ("https://h:443/", "h"),
        ("https://h:80/", "h:80"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://h:${stageVariables.port}/", "h:81"),
    ],
)
def test_the_host_header_is_the_uris(uri, authority):
    assert Endpoint.compile(uri, {"port": "81"}).authority == authority


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "h",
        "//h/",
        "ftp://h/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://u:p@h/",
        "http://u@h/",
        "http://h:0/",
        "http://h:99999/",
        "http://h:x/",
        "http://h/ x",
        "http://h/\r\nX: y",
        "http://h/é",
        "http://h/#x",
        "http://{host}/",
        "http://h{x}.example/",
        "http://h:{port}/",
        "http://${stageVariables.missing}/",
    ],
)
def test_a_uri_that_leads_nowhere_or_anywhere_is_refused(uri):
    with pytest.raises(InvalidEndpoint):
        Endpoint.compile(uri, {})


def test_a_stage_variable_cannot_smuggle_a_request():
    with pytest.raises(InvalidEndpoint):
        Endpoint.compile("http://h/${stageVariables.x}", {"x": " HTTP/1.1\r\nHost: evil\r\n\r\n"})
