"""Authlib's clients as relying parties: a web application of Flask, and a session of requests."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import secrets
from typing import Any

import pytest
from authlib.integrations.base_client import MismatchingStateError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, jsonify, redirect, session
from flask.testing import FlaskClient
from joserfc import jwk
from werkzeug.wrappers import Response

from tests.conformance.oidc.conftest import CALLBACK, settle
from tests.conformance.oidc.relying_party import Answer, Browser, Page
from tests.servers.application import Application, Person, web_client

ORIGIN = CALLBACK.removesuffix("/callback")


def web_application(provider: Application) -> Flask:
    """What Authlib's documentation tells a Flask application to write: it is configured by the
    discovery document alone, and Authlib checks the state, the nonce and the ID token."""
    application = Flask("lighthouse")
    application.secret_key = secrets.token_bytes(32)
    oauth = OAuth(application)
    oauth.register(
        "poolgate",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
    )

    @application.get("/login")
    def login() -> Response:
        answer: Response = oauth.poolgate.authorize_redirect(CALLBACK)
        return answer

    @application.get("/callback")
    def callback() -> Any:
        token = oauth.poolgate.authorize_access_token()
        session["user"] = token["userinfo"]
        return jsonify(claims=token["userinfo"], told=oauth.poolgate.userinfo(token=token))

    @application.get("/logout")
    def logout() -> Response:
        metadata = oauth.poolgate.load_server_metadata()
        session.clear()
        return redirect(metadata["end_session_endpoint"])

    return application


@pytest.fixture
def application(provider: Application) -> FlaskClient:
    """The application and its session with one browser."""
    made = web_application(provider)
    made.testing = True
    return made.test_client()


def come_back(browser: Browser, address: str, person: Person) -> dict[str, str]:
    """The parameters with which the person comes back to the application."""
    page = browser.open(address)
    assert isinstance(page, Page)
    answer = browser.sign_in(page, person)
    assert isinstance(answer, Answer)
    return dict(answer.parameters)


def test_a_flask_application_signs_a_person_in(application: FlaskClient, person: Person) -> None:
    leaves = application.get("/login", base_url=ORIGIN)
    answer = come_back(Browser(CALLBACK), leaves.location, person)
    signed_in = application.get("/callback", query_string=answer, base_url=ORIGIN).get_json()
    assert signed_in["claims"]["sub"] == signed_in["told"]["sub"] == person.sub
    assert signed_in["claims"]["email"] == signed_in["told"]["email"] == person.email
    assert signed_in["claims"]["nonce"]


def test_a_flask_application_takes_no_answer_to_another_browser(
    application: FlaskClient, provider: Application, person: Person
) -> None:
    leaves = application.get("/login", base_url=ORIGIN)
    answer = come_back(Browser(CALLBACK), leaves.location, person)
    victim = web_application(provider)
    victim.testing = True
    with pytest.raises(MismatchingStateError):
        victim.test_client().get("/callback", query_string=answer, base_url=ORIGIN)


def test_a_flask_application_takes_an_answer_once(application: FlaskClient, person: Person) -> None:
    leaves = application.get("/login", base_url=ORIGIN)
    answer = come_back(Browser(CALLBACK), leaves.location, person)
    with application.session_transaction(base_url=ORIGIN) as kept:
        before = dict(kept)
    assert application.get("/callback", query_string=answer, base_url=ORIGIN).status_code == 200
    with application.session_transaction(base_url=ORIGIN) as kept:
        kept.update(before)
    with pytest.raises(OAuthError) as refused:
        application.get("/callback", query_string=answer, base_url=ORIGIN)
    assert refused.value.error == "invalid_grant"


def party(provider: Application, **settings: Any) -> OAuth2Session:
    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope="openid email",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=f"{provider.server.url}/oauth2/token",
        **settings,
    )


def signed_in(provider: Application, session: OAuth2Session, person: Person) -> dict[str, Any]:
    verifier = secrets.token_urlsafe(48)
    address, state = session.create_authorization_url(
        f"{provider.server.url}/oauth2/authorize", code_verifier=verifier
    )
    answer = come_back(Browser(CALLBACK), address, person)
    tokens: dict[str, Any] = session.fetch_token(
        code=answer["code"], state=state, code_verifier=verifier
    )
    return tokens


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_session_refreshes_introspects_and_revokes(
    provider: Application, person: Person, method: str
) -> None:
    session = party(
        provider, token_endpoint_auth_method=method, revocation_endpoint_auth_method=method
    )
    first = signed_in(provider, session, person)
    told = session.get(f"{provider.server.url}/oauth2/userInfo", timeout=20).json()
    assert told["sub"] == person.sub
    refreshed = session.refresh_token(refresh_token=first["refresh_token"])
    assert refreshed["access_token"] != first["access_token"]
    introspect, revoke = (
        f"{provider.server.url}/oauth2/{each}" for each in ("introspect", "revoke")
    )
    active = session.introspect_token(introspect, token=refreshed["access_token"]).json()
    assert (active["active"], active["sub"]) == (True, person.sub)
    assert session.revoke_token(revoke, token=first["refresh_token"]).status_code == 200
    ended = session.introspect_token(introspect, token=refreshed["access_token"]).json()
    assert ended == {"active": False}
    with pytest.raises(OAuthError) as refused:
        session.refresh_token(refresh_token=first["refresh_token"])
    assert refused.value.error == "invalid_grant"


def test_a_code_without_its_verifier_is_refused(provider: Application, person: Person) -> None:
    session = party(provider)
    address, state = session.create_authorization_url(
        f"{provider.server.url}/oauth2/authorize", code_verifier=secrets.token_urlsafe(48)
    )
    answer = come_back(Browser(CALLBACK), address, person)
    with pytest.raises(OAuthError) as refused:
        session.fetch_token(code=answer["code"], state=state)
    assert refused.value.error == "invalid_grant"


def party_with_a_key(client: Application, key: Any) -> OAuth2Session:
    """Authlib takes the key for the client's secret."""
    pem = key.as_pem(private=True).decode()
    known = Application(client.server, client.pool_id, client.client_id, pem)
    session = party(known, token_endpoint_auth_method="private_key_jwt")
    address = f"{client.server.url}/oauth2/token"
    session.register_client_auth_method(PrivateKeyJWT(address, headers={"kid": "k1"}))
    return session


def test_a_session_authenticates_with_a_key(provider: Application, person: Person) -> None:
    key, other = (jwk.JWKRegistry.generate_key("RSA", 2048, {"kid": "k1"}) for _ in range(2))
    made = provider.server.client("cognito-idp").create_user_pool_client(
        UserPoolId=provider.pool_id, ClientName="keys", GenerateSecret=True, **web_client(CALLBACK)
    )["UserPoolClient"]
    client = Application(provider.server, provider.pool_id, made["ClientId"])
    settle(
        client.server,
        "clients",
        client.client_id,
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    assert signed_in(client, party_with_a_key(client, key), person)["id_token"]
    with pytest.raises(OAuthError) as refused:
        signed_in(client, party_with_a_key(client, other), person)
    assert refused.value.error == "invalid_client"
