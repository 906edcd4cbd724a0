from __future__ import annotations

import pytest

from gateway.paths import segments
from gateway.route_tree import InvalidRouteKey, RouteKey, RouteTree


def _tree(*keys: str) -> RouteTree[str]:
    return RouteTree((RouteKey.parse(key), key) for key in keys)


# The example of the developer guide, "Routing API requests".
DOCUMENTED = _tree(
    "GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"
)


@pytest.mark.parametrize(
    ("method", "path", "key", "variables"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_most_specific_route_is_chosen(method, path, key, variables):
    match = DOCUMENTED.find(method, segments(path))

    assert match is not None
    assert (match.route, match.variables) == (key, variables)


def test_a_method_goes_before_any_and_a_literal_before_a_variable():
    tree = _tree("ANY /a/{x}", "GET /a/{x}", "GET /a/b", "GET /{y}/b", "GET /{y}/c")

    assert tree.find("GET", ("a", "z")).route == "GET /a/{x}"
    assert tree.find("PUT", ("a", "z")).route == "ANY /a/{x}"
    assert tree.find("GET", ("a", "b")).route == "GET /a/b"
    assert tree.find("PUT", ("a", "b")).route == "ANY /a/{x}"
    assert tree.find("GET", ("q", "c")).variables == {"y": "q"}


def test_a_dead_end_among_literals_leads_back_to_the_variable():
    tree = _tree("GET /a/b/c", "GET /{x}/b/d", "GET /{x}/{y+}")

    assert tree.find("GET", ("a", "b", "d")).route == "GET /{x}/b/d"
    assert tree.find("GET", ("a", "b", "e")).variables == {"x": "a", "y": "b/e"}


def test_a_variable_is_never_empty_but_a_greedy_one_may_be():
    tree = _tree("GET /a/{x}", "GET /b/{proxy+}")

    assert tree.find("GET", ("a", "")) is None
    assert tree.find("GET", ("b", "")).variables == {"proxy": ""}
    assert tree.find("GET", ("b",)) is None


def test_nothing_matches_where_there_is_no_default():
    assert _tree("GET /a").find("POST", ("a",)) is None
    assert _tree().find("GET", ()) is None


def test_literals_match_in_any_spelling_of_the_key():
    assert _tree("GET /caf%c3%a9/%40me").find("GET", ("caf%C3%A9", "@me")) is not None


@pytest.mark.parametrize(
    "keys", [("GET /a/{x}", "GET /a/{y}"), ("$default", "$default"), ("GET /%61", "GET /a")]
)
def test_two_routes_for_the_same_requests_are_refused(keys):
    with pytest.raises(InvalidRouteKey):
        _tree(*keys)


@pytest.mark.parametrize("key", ["GET /a/../b", "GET /a%00", "GET /a%5Cb"])
def test_a_literal_that_no_request_can_have_is_refused(key):
    with pytest.raises(InvalidRouteKey):
        _tree(key)
