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

from idp.models import (
    User,
    UserPool,
)
from idp.user_pools.services import session_settings, user_sessions
from idp.user_pools.services.user_sessions import ListedSession
from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    Pkce,
    TestClient,
    World,
    csrf_token,
    query_of,
    request_of,
)
from tests.servers.relying_party import verified

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


def signed_in(world: World, browser: FlaskClient, client: TestClient, **who: str) -> dict[str, str]:
    """Sign in in a browser; the tokens."""
    proof = Pkce()
    code = world.code(client, browser, **proof.parameters, **who)
    tokens: dict[str, str] = world.redeem(client, code, code_verifier=proof.verifier).get_json()
    return tokens


def single_sign_on(world: World, browser: FlaskClient, client: TestClient) -> dict[str, str]:
    """The tokens of another client, without a question."""
    proof = Pkce()
    query = urlencode(request_of(client, **proof.parameters))
    code = query_of(browser.get(f"/oauth2/authorize?{query}", base_url=ORIGIN))["code"]
    tokens: dict[str, str] = world.redeem(client, code, code_verifier=proof.verifier).get_json()
    return tokens


def is_asked(answer: TestResponse) -> bool:
    return answer.status_code == 200 and "Do you want to sign out?" in answer.text


def decide(browser: FlaskClient, screen: TestResponse, decision: str) -> TestResponse:
    """Follow a redirect to the consent screen, and press a button there."""
    assert screen.location.startswith("/consent?"), screen.location
    page = browser.get(screen.location, base_url=ORIGIN)
    form = {"csrf_token": csrf_token(page), "decision": decision}
    return browser.post(screen.location, data=form, base_url=ORIGIN)


def track(world: World, pool_id: str, tracking: str = "ENABLED", most: int = 20) -> None:
    request = {"UserSessionTracking": tracking, "TokenSession": {"MaxPerUser": most}}

    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        session_settings.set_for_pool(session, pool, request, world.kernel.clock.now())

    world.kernel.database.write(unit)


def reuse(world: World, client: TestClient, minutes: int) -> None:
    request = {"SSOSession": {"MaxValidityMinutes": minutes}}

    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, client.pool_id)
        now = world.kernel.clock.now()
        session_settings.set_for_client(session, pool, client.id, request, now)

    world.kernel.database.write(unit)


def listed(world: World) -> dict[str, list[ListedSession]]:
    """The active sessions of the only user, by their kind."""

    def unit(session: Any) -> Any:
        (user,) = session.query(User).all()
        return user_sessions.page(session, user, world.kernel.clock.now(), None)

    found = world.kernel.database.read(unit)
    return {kind: [each for each in found if each.id[:3] == kind] for kind in ("tkn", "sso")}


def revoke(world: World, session_id: str, *, linked: bool) -> None:
    (user,) = world.rows(User)
    now = world.kernel.clock.now()
    world.kernel.database.write(user_sessions.revoke, user.id, session_id, now, linked=linked)


def is_signed_in(world: World, browser: FlaskClient, client: TestClient) -> bool:
    answer = authorize(world, client, browser, **Pkce().parameters)
    return not answer.location.startswith("/login?")


def logout_claims(world: World, client: TestClient, token: str) -> dict[str, Any]:
    """What a logout token that a client was sent says, verified."""
    keys = world.browser().get(f"/{client.pool_id}/.well-known/jwks.json", base_url=ORIGIN)
    issuer = f"{ORIGIN}/{client.pool_id}"
    return verified(token, keys.get_json(), issuer, client.id, times=False)
