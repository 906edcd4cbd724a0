"""What clients and browsers do at the endpoints, in one call each."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    Pkce,
    TestClient,
    World,
    csrf_token,
    request_of,
)

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS, ID = (f"urn:ietf:params:oauth:token-type:{each}" for each in ("access_token", "id_token"))
ROTATING: dict[str, Any] = {
    "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
}


def authorize(
    world: World, client: TestClient, browser: Any = None, **parameters: str | None
) -> TestResponse:
    query = urlencode(request_of(client, **parameters))  # type: ignore[arg-type]
    return (browser or world.browser()).get(f"/oauth2/authorize?{query}", base_url=ORIGIN)


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return decoded


def confirm(browser: FlaskClient, page: TestResponse, **headers: str) -> TestResponse:
    """Press the button of the page that asks."""
    action = re.search(r'action="([^"]+)"', page.text)
    assert action, page.text
    form = {"csrf_token": csrf_token(page)}
    return browser.post(unescape(action[1]), data=form, headers=headers, base_url=ORIGIN)


def logout(browser: FlaskClient, **parameters: Any) -> TestResponse:
    """The answer; where the same request comes again without its ID token, the one to that."""
    answer = browser.get("/logout?" + urlencode(parameters), base_url=ORIGIN)
    if answer.status_code == 303 and answer.location.startswith("/logout?"):
        return browser.get(answer.location, base_url=ORIGIN)
    return answer


def introspect(world: World, client: TestClient, token: str, **form: str) -> Any:
    answer = world.browser().post(
        "/oauth2/introspect", data={"token": token, **form}, headers=client.basic, base_url=ORIGIN
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def exchange(world: World, client: TestClient, **form: str) -> dict[str, Any]:
    answer = world.token(client.basic if client.secret else None, grant_type=GRANT, **form)
    assert answer.json
    return answer.json


def bought(world: World, client: TestClient, proof: Pkce) -> dict[str, Any]:
    code = world.code(client, **proof.parameters)
    body = world.redeem(client, code, code_verifier=proof.verifier).json
    assert body
    return body


def refresh(world: World, client: TestClient, token: str, **form: str) -> TestResponse:
    return world.token(
        client.basic if client.secret else None,
        grant_type="refresh_token",
        client_id=client.id,
        refresh_token=token,
        **form,
    )


def error_of(answer: TestResponse) -> str:
    assert answer.status_code == 400
    assert answer.json
    return str(answer.json["error"])


def fragment_of(answer: TestResponse) -> dict[str, str]:
    """The parameters that a redirect carries in its fragment, and there alone."""
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.location)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK
    assert not parts.query
    return dict(parse_qsl(parts.fragment, strict_parsing=True))


def form_of(answer: TestResponse, action: str = CALLBACK) -> dict[str, str]:
    """The parameters in the form that the page sends."""
    assert answer.status_code == 200, answer.text
    assert f'<form method="post" action="{action}">' in answer.text
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text)
    return {name: unescape(value) for name, value in fields}
