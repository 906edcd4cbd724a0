"""An API on the main host, where people sign in, is not shown how, in whatever form it asks."""

from __future__ import annotations

import pytest

from gateway.context import Address, Received, Request, Routed, grown
from gateway.events import version_1, version_2
from gateway.handlers.locate import locate
from gateway.route_tree import Match
from gateway.snapshot import Api, FunctionIntegration, Route, Snapshot, Stage
from tests.gateway.plane import API_ID


@pytest.mark.parametrize("event_of", [version_1.event_of, version_2.event_of])
@pytest.mark.parametrize("mine", ["", "; theme=dark"])
def test_functions_see_no_cookie_of_ours(event_of, mine):
    """The server tells the fields as they came, and functions are shown those."""
    cookies = f"__Host-poolgate_session=secret{mine}"
    lines = ("Host: login.example.com", f"Cookie: {cookies}", "COOKIE:poolgate=secret", "X-A: b")
    headers = {"host": "login.example.com", "cookie": f"{cookies}; poolgate=secret", "x-a": "b"}
    request = Request(
        "id", "GET", "https", "login.example.com", 5, "", headers, "127.0.0.1", field_lines=lines
    )
    route = Route("$default", FunctionIntegration("pets"))
    api = Api(API_ID, "pets", {"$default": Stage("$default", (route,))})
    address = Address(API_ID, "$default", "/", shares_origin=True)
    located = locate(Received(request, address, Snapshot.of([api])))
    event = event_of(grown(Routed, located, match=Match(route, {})))
    assert "secret" not in str(event)
    assert ("theme=dark" in str(event)) == bool(mine)
    assert "b" in str(event["headers"])
