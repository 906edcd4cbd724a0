"""Whatever the routes and whatever the path: the route that is chosen is the guide's, and no
careless reading of a path gets past a guard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.context import Address, Located, Reply, Request
from gateway.handlers.match_route import match_route
from gateway.paths import RefusedPath, canonical, segments
from gateway.route_tree import InvalidRouteKey, RouteKey, RouteTree
from gateway.snapshot import Api, HttpProxyIntegration, JwtAuthorizer, Route, Snapshot, Stage

_LITERALS = st.sampled_from(["a", "b", "admin", "a.b"])
_METHODS = st.sampled_from(["GET", "POST", "ANY"])


@st.composite
def _keys(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 9)) == 0:
        return "$default"
    parts = [
        draw(_LITERALS) if draw(st.booleans()) else f"{{v{number}}}"
        for number in range(draw(st.integers(0, 3)))
    ]
    if draw(st.integers(0, 3)) == 0:
        parts.append("{rest+}")
    return f"{draw(_METHODS)} /{'/'.join(parts)}"


def _rank(key: str, method: str, path: tuple[str, ...]) -> tuple[object, ...] | None:
    """How well a route matches, by the developer guide's words; None where it does not. Less is
    better."""
    if key == "$default":
        return (2,)
    named, _, text = key.partition(" ")
    if named not in (method, "ANY"):
        return None
    parts = text[1:].split("/") if text != "/" else []
    greedy = bool(parts) and parts[-1] == "{rest+}"
    fixed = parts[:-1] if greedy else parts
    if len(path) <= len(fixed) if greedy else len(path) != len(fixed):
        return None
    kinds = []
    for part, segment in zip(fixed, path, strict=False):
        is_variable = part.startswith("{")
        if not segment if is_variable else part != segment:
            return None
        kinds.append(is_variable)
    return (greedy, tuple(kinds), -len(fixed) if greedy else 0, named == "ANY")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(_keys(), max_size=12),
    st.sampled_from(["GET", "POST", "PUT"]),
    st.lists(_LITERALS | st.sampled_from(["", "z", "a%2Fb"]), max_size=5).map(tuple),
)
def test_the_chosen_route_is_the_most_specific_one(keys, method, path):
    routes: dict[str, str] = {}
    for key in keys:
        routes[re.sub(r"\{v\d\}", "{}", key)] = key
    tree = RouteTree((RouteKey.parse(key), key) for key in routes.values())
    found = tree.find(method, path)
    ranked = [(rank, key) for key in routes.values() if (rank := _rank(key, method, path))]
    if found is None:
        assert ranked == []
        return
    chosen = _rank(found.route, method, path)
    assert chosen is not None
    assert chosen[0] == min(rank for rank, _ in ranked)[0]
    if not chosen[0]:
        assert chosen == min(rank for rank, _ in ranked)
    values = [found.variables[name] for name in found.variables if name != "rest"]
    assert "" not in values


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_route_key_or_refused(text):
    for key in (text, f"GET {text}", f"GET /{text}"):
        try:
            RouteTree([(RouteKey.parse(key), key)])
        except InvalidRouteKey:
            continue


GUARD = JwtAuthorizer("guard", "https://issuer.example", frozenset({"client"}))
BACKEND = HttpProxyIntegration("https://backend.example/{proxy}")
STAGE = Stage(
    "prod",
    (
        Route("ANY /admin", HttpProxyIntegration("https://backend.example"), GUARD),
        Route("ANY /admin/{proxy+}", BACKEND, GUARD),
        Route("ANY /{proxy+}", BACKEND),
        Route("$default", HttpProxyIntegration("https://backend.example")),
    ),
)
API = Api("abc", "pets", {"prod": STAGE})
TRICKS = (
    r"/ // %2f %2F . .. ; ;x=y %3b %2e %00 \ %5c admin %61dmin adm%69n a %c0%af %c0%ae %25 %252f "
    r"%0a # ? ~"
)
_PATHS = st.lists(st.sampled_from(TRICKS.split()), max_size=9).map("".join)


def _routed(raw: str) -> Route | None:
    try:
        path = canonical(raw)
    except RefusedPath:
        return None
    request = Request("id", "GET", "https", "h", len(raw), "", {}, "::1")
    address = Address("abc", "prod", path)
    routed = match_route(Located(request, address, Snapshot.of([API]), API, STAGE))
    return None if isinstance(routed, Reply) else routed.route


def _careless(path: str) -> Iterator[tuple[str, ...]]:
    """What backends are known to make of a path."""
    for decode in (lambda text: text, lambda text: unquote(text, "latin-1")):
        for strip in (lambda text: text, lambda text: re.sub(r";[^/]*", "", text)):
            for resolve in (_collapsed, _resolved):
                yield resolve(strip(decode(path)))
                yield resolve(decode(strip(path)))


def _collapsed(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.replace("\\", "/").split("/") if part)


def _resolved(path: str) -> tuple[str, ...]:
    parts: list[str] = []
    for part in _collapsed(path):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return tuple(parts)


@settings(max_examples=500, deadline=None)
@given(_PATHS)
def test_no_careless_reading_of_a_path_that_gets_through_is_a_guarded_one(tail):
    raw = f"/{tail}"
    route = _routed(raw)
    assume(route is not None and route.authorizer is None)
    path = canonical(raw)
    for reading in _careless(path):
        assert not reading or reading[0].partition("\0")[0] != "admin"
    assert len(segments(path)) <= len(raw)
