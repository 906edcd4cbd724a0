"""aws-jwt-verify: a resource server's check of our tokens against our keys."""

from __future__ import annotations

import base64

from tests.servers.application import Application, create_application
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate


def tampered(token: str) -> str:
    """The same token with one bit of its signature flipped."""
    head, body, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[0] ^= 1
    return ".".join((head, body, base64.urlsafe_b64encode(raw).decode().rstrip("=")))


def test_tokens_verify_and_tampered_ones_do_not(node: RunScript, application: Application) -> None:
    person = application.sign_up()
    tokens = application.sign_in(person)
    answers = node(
        "aws-jwt-verify",
        issuer=application.issuer,
        audience=application.client_id,
        tokens={"id": tokens["IdToken"], "tampered": tampered(tokens["IdToken"])},
    )
    assert answers["id"]["claims"]["sub"] == person.sub
    assert answers["tampered"]["refused"]["name"] == "JwtInvalidSignatureError"


def test_access_token_has_no_audience(node: RunScript, application: Application) -> None:
    tokens = {"access": application.sign_in(application.sign_up())["AccessToken"]}
    script = "aws-jwt-verify"
    taken = node(script, issuer=application.issuer, audience=None, tokens=tokens)
    assert "aud" not in taken["access"]["claims"]
    assert taken["access"]["claims"]["client_id"] == application.client_id


def test_token_of_another_pool_is_refused(
    node: RunScript, application: Application, poolgate_server: Poolgate
) -> None:
    other = create_application(poolgate_server)
    tokens = {"foreign": other.sign_in(other.sign_up())["AccessToken"]}
    answers = node("aws-jwt-verify", issuer=application.issuer, audience=None, tokens=tokens)
    assert answers["foreign"]["refused"]["name"] in {
        "JwtInvalidIssuerError",
        "KidNotFoundInJwksError",
    }
