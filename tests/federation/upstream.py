"""npm's oidc-provider as an identity provider, in the dress of the social ones too."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conformance.oidc.relying_party import Answer, Browser, Page
from tests.federation.conftest import Downstream, Make
from tests.servers.node import SCRIPTS
from tests.servers.poolgate_server import Poolgate
from tests.servers.run import free_port

CLIENT_ID, CLIENT_SECRET = "poolgate", "s3cret of the tests"
ADA = "ada-1"
TEAM, KEY = "TEAM123456", "KEY1234567"
FLAVOURS = ("OIDC", "Google", "Facebook", "LoginWithAmazon", "SignInWithApple")
COMPANY = "Company"


@dataclass(frozen=True)
class Provider:
    """One that runs."""

    issuer: str

    def sign_in(self, browser: Browser, page: Page) -> Page | Answer:
        """Through its pages: the name, then what it asks whether it may tell."""
        address, fields = page.form
        shown = browser.open(address, {**fields, "login": ADA, "password": "anything"})
        assert isinstance(shown, Page)
        address, fields = shown.form
        shown = browser.open(address, fields)
        while isinstance(shown, Page) and "/idpresponse" in shown.form_address:
            # Pages that send themselves: the provider's, and ours, which it arrives at.
            shown = browser.open(*shown.form)
        return shown


@dataclass(frozen=True)
class Providers:
    """One of each flavour, the downstream of the plain one, and Apple's key for our secrets."""

    by_flavour: Mapping[str, Provider]
    company: Downstream
    apple_key: str

    def __getitem__(self, flavour: str) -> Provider:
        return self.by_flavour[flavour]


def answer_address(server: Poolgate) -> str:
    return f"{server.url}/oauth2/idpresponse"


@pytest.fixture(scope="module")
def providers(
    node_program: str, poolgate_server: Poolgate, make_downstream: Make
) -> Iterator[Providers]:
    """All of them in one process."""
    if not (SCRIPTS / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(f"no Node packages: `npm ci --prefix {SCRIPTS}`")
    ports = {flavour: free_port() for flavour in FLAVOURS}
    found = {flavour: Provider(f"http://127.0.0.1:{port}") for flavour, port in ports.items()}
    company = _company(make_downstream, found["OIDC"])
    key = ec.generate_private_key(ec.SECP256R1())
    common = {
        "redirectUri": answer_address(poolgate_server),
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "publicKey": _public_pem(key),
        "teamId": TEAM,
        "keyId": KEY,
    }
    values = [{**common, "flavour": flavour, "port": port} for flavour, port in ports.items()]
    logout = f"{poolgate_server.url}/{company.pool_id}/oauth2/backchannel_logout/{COMPANY}"
    values[0]["logoutUri"] = logout
    process = subprocess.Popen(
        [node_program, SCRIPTS / "upstream-provider.mjs"],
        env={"PATH": os.environ["PATH"], "INPUT": json.dumps(values)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    assert any(line.strip() == "ready" for line in process.stdout), "oidc-provider did not start"
    yield Providers(found, company, _private_pem(key))
    process.kill()
    process.communicate(timeout=10)


def _company(make_downstream: Make, provider: Provider) -> Downstream:
    details = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "oidc_issuer": provider.issuer,
        "authorize_scopes": "openid email profile",
        "attributes_request_method": "GET",
    }
    mapping = {"email": "email", "email_verified": "email_verified", "name": "name"}
    return make_downstream(COMPANY, "OIDC", details, AttributeMapping=mapping)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_pem(key: ec.EllipticCurvePrivateKey) -> str:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode()
