"""A pool whose people may sign in by passkey, and a device in chromium that keeps passkeys."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.idp.oauth.world import TestClient, World

FACTORS = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
CHOOSES = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def pool(world: World, *factors: str, **settings: Any) -> str:
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": list(factors) or FACTORS}}
    return world.pool(UserPoolTier="ESSENTIALS", Policies=policy, **settings)


def client(world: World, pool_id: str, **settings: Any) -> TestClient:
    return world.client(pool_id, **{"ExplicitAuthFlows": CHOOSES, **settings})


def add_device(page: Page) -> CDPSession:
    """It answers as soon as a page waits for a passkey."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session
