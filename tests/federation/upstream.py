"""npm's oidc-provider as an identity provider, in the dress of the social ones too."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.conformance.oidc.relying_party import Answer, Browser, Page
from tests.servers.node import SCRIPTS
from tests.servers.run import free_port

CLIENT_ID, CLIENT_SECRET = "poolgate", "s3cret of the tests"
ADA = "ada-1"


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


Start = Callable[..., Provider]


@pytest.fixture
def provider_of(node_program: str) -> Iterator[Start]:
    """Starts one of a flavour: OIDC, Google, Facebook, LoginWithAmazon or SignInWithApple."""
    if not (SCRIPTS / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(f"no Node packages: `npm ci --prefix {SCRIPTS}`")
    started: list[subprocess.Popen[str]] = []

    def start(flavour: str, redirect_uri: str, **more: str) -> Provider:
        port = free_port()
        values = {
            "flavour": flavour,
            "port": port,
            "redirectUri": redirect_uri,
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            **more,
        }
        process = subprocess.Popen(
            [node_program, SCRIPTS / "upstream-provider.mjs"],
            env={"PATH": os.environ["PATH"], "INPUT": json.dumps(values)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        assert process.stdout
        for line in process.stdout:
            if line.strip() == "ready":
                return Provider(f"http://127.0.0.1:{port}")
        raise AssertionError("oidc-provider did not start")

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=10)
