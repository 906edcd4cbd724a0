"""Each type of identity provider, played by npm's oidc-provider with that provider's addresses.

What the types add to ProviderDetails are the addresses of the real ones; here they are written
over in the database.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from idp.models import PoolDocument
from kernel import settings
from poolgate import instance
from tests.conformance.oidc.relying_party import Answer, Page
from tests.federation.conftest import Downstream, Make, open_sign_in
from tests.federation.upstream import ADA, CLIENT_ID, CLIENT_SECRET, Provider, Start, provider_of
from tests.servers.poolgate_server import Poolgate

__all__ = ["provider_of"]

TEAM, KEY = "TEAM123456", "KEY1234567"
OAUTH = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def move(server: Poolgate, downstream: Downstream, details: dict[str, str]) -> None:
    """Write over where the provider's addresses are."""
    database = instance.open_database(settings.parse({"instance": str(server.instance)}))

    def unit(session: Any) -> None:
        key = (downstream.pool_id, "identity_provider", downstream.provider_name)
        row = session.get(PoolDocument, key)
        changed = {**row.document["ProviderDetails"], **details}
        row.document = {**row.document, "ProviderDetails": changed}

    database.write(unit)
    instance.close_database(database)


def come(downstream: Downstream, provider: Provider) -> dict[str, Any]:
    """A whole sign-in; the claims of the ID token."""
    browser, page = open_sign_in(downstream)
    answer = provider.sign_in(browser, page)
    assert isinstance(answer, Answer), answer.response.text
    tokens = downstream.party.redeem(answer.code).json()
    return downstream.party.claims(tokens["id_token"])


def answer_address(server: Poolgate) -> str:
    return f"{server.url}/oauth2/idpresponse"


def test_openid(poolgate_server: Poolgate, make_downstream: Make, provider_of: Start) -> None:
    provider = provider_of("OIDC", answer_address(poolgate_server))
    downstream = make_downstream(
        "Company",
        "OIDC",
        {
            **OAUTH,
            "oidc_issuer": provider.issuer,
            "authorize_scopes": "openid email profile",
            "attributes_request_method": "GET",
        },
        AttributeMapping={"email": "email", "email_verified": "email_verified", "name": "name"},
    )
    claims = come(downstream, provider)
    assert claims["cognito:username"] == f"Company_{ADA}"
    assert (claims["name"], claims["email_verified"]) == ("Ada Lovelace", True)


def test_google(poolgate_server: Poolgate, make_downstream: Make, provider_of: Start) -> None:
    provider = provider_of("Google", answer_address(poolgate_server))
    downstream = make_downstream(
        "Google",
        "Google",
        {**OAUTH, "authorize_scopes": "openid email profile"},
        AttributeMapping={"email": "email", "profile": "birthdays"},
    )
    move(
        poolgate_server,
        downstream,
        {
            "oidc_issuer": provider.issuer,
            "authorize_url": f"{provider.issuer}/o/oauth2/v2/auth",
            "token_url": f"{provider.issuer}/oauth2/v4/token",
            "attributes_url": f"{provider.issuer}/v1/people/me?personFields=",
        },
    )
    assert come(downstream, provider)["cognito:username"] == f"Google_{ADA}"
    assert '"year": 1815' in downstream.user(f"Google_{ADA}")["profile"]


def test_facebook(poolgate_server: Poolgate, make_downstream: Make, provider_of: Start) -> None:
    provider = provider_of("Facebook", answer_address(poolgate_server))
    downstream = make_downstream(
        "Facebook", "Facebook", {**OAUTH, "authorize_scopes": "public_profile,email"}
    )
    move(
        poolgate_server,
        downstream,
        {
            "authorize_url": f"{provider.issuer}/v17.0/dialog/oauth",
            "token_url": f"{provider.issuer}/v17.0/oauth/access_token",
            "attributes_url": f"{provider.issuer}/v17.0/me?fields=",
        },
    )
    claims = come(downstream, provider)
    assert claims["cognito:username"] == f"Facebook_{ADA}"
    assert claims["email"] == "ada@upstream.example"


def test_amazon(poolgate_server: Poolgate, make_downstream: Make, provider_of: Start) -> None:
    provider = provider_of("LoginWithAmazon", answer_address(poolgate_server))
    downstream = make_downstream(
        "LoginWithAmazon",
        "LoginWithAmazon",
        {**OAUTH, "authorize_scopes": "profile postal_code"},
        AttributeMapping={"email": "email", "address": "postal_code"},
    )
    move(
        poolgate_server,
        downstream,
        {
            "authorize_url": f"{provider.issuer}/ap/oa",
            "token_url": f"{provider.issuer}/auth/o2/token",
            "attributes_url": f"{provider.issuer}/user/profile",
        },
    )
    username = f"LoginWithAmazon_amzn1.account.{ADA}"
    assert come(downstream, provider)["cognito:username"] == username
    assert downstream.user(username)["address"] == "98101"


@pytest.mark.parametrize("framed", [True, False])
def test_apple(
    poolgate_server: Poolgate, make_downstream: Make, provider_of: Start, framed: bool
) -> None:
    """Its answer is posted from its own site, and its client secret is a token."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    provider = provider_of(
        "SignInWithApple",
        answer_address(poolgate_server),
        publicKey=public.decode(),
        teamId=TEAM,
        keyId=KEY,
    )
    downstream = make_downstream(
        "SignInWithApple",
        "SignInWithApple",
        {
            "client_id": CLIENT_ID,
            "team_id": TEAM,
            "key_id": KEY,
            "private_key": pem if framed else "".join(pem.splitlines()[1:-1]),
            "authorize_scopes": "email name",
        },
    )
    move(
        poolgate_server,
        downstream,
        {
            "oidc_issuer": provider.issuer,
            "authorize_url": f"{provider.issuer}/auth/authorize",
            "token_url": f"{provider.issuer}/auth/token",
        },
    )
    assert come(downstream, provider)["cognito:username"] == f"SignInWithApple_{ADA}"


def test_a_posted_answer_needs_the_browser_that_left(
    poolgate_server: Poolgate, make_downstream: Make, provider_of: Start
) -> None:
    provider = provider_of("OIDC", answer_address(poolgate_server))
    downstream = make_downstream(
        "Posting",
        "OIDC",
        {
            **OAUTH,
            "oidc_issuer": provider.issuer,
            "authorize_scopes": "openid",
            "attributes_request_method": "GET",
        },
    )
    _, page = open_sign_in(downstream)
    state = dict(parse_qsl(urlsplit(page.response.url).query)).get("state", "")
    victim = downstream.party.browser()
    form = {"code": "stolen", "state": state}
    relayed = victim.open(answer_address(poolgate_server), form)
    assert isinstance(relayed, Page)
    planted = victim.open(*relayed.form)
    assert isinstance(planted, Page)
    assert planted.response.status_code == 400
