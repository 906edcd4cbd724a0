"""A pool with threat protection, and sign-ins to it from anywhere."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.idp.user_pools.operations.world import PASSWORD, AppClient, Pool, World

HOME, ELSEWHERE = "192.0.2.10", "198.51.100.20"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36"
ARN = "arn:aws:ses:us-east-1:000000000000:identity/example.com"
RELAXED = {
    "PasswordPolicy": {
        "MinimumLength": 6,
        "RequireUppercase": False,
        "RequireLowercase": False,
        "RequireNumbers": False,
        "RequireSymbols": False,
    }
}
KNOWN_TO_ATTACKERS = "Password123!"
BLOCK_COMPROMISED = {
    "CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}
}


@dataclass(frozen=True)
class Watched:
    """The pool, its client and one user, ada@example.com, whose address is verified."""

    pool: Pool
    app: AppClient

    @property
    def world(self) -> World:
        return self.pool.world

    def configure(self, **members: Any) -> Any:
        return self.pool.call("set_risk_configuration", **members)["RiskConfiguration"]

    def react(self, *, notify: bool = False, **actions: str) -> Any:
        """AccountTakeoverRiskConfiguration: Low="BLOCK", ..."""
        configured = {
            f"{level}Action": {"Notify": notify, "EventAction": action}
            for level, action in actions.items()
        }
        notification = {"NotifyConfiguration": {"SourceArn": ARN}} if notify else {}
        return self.configure(
            AccountTakeoverRiskConfiguration={"Actions": configured, **notification}
        )

    def sign_in(
        self,
        address: str = HOME,
        agent: str = LAPTOP,
        *,
        username: str = "ada@example.com",
        password: str = PASSWORD,
        **data: str,
    ) -> Any:
        """ADMIN_USER_PASSWORD_AUTH, by a server that says where the person is, a second later."""
        self.world.time.pass_by(seconds=1)
        return self.pool.call(
            "admin_initiate_auth",
            ClientId=self.app.id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
            ContextData=context(address, agent, **data),
        )

    def events(self, username: str = "ada@example.com") -> list[dict[str, Any]]:
        """The newest first."""
        listed = self.pool.call("admin_list_user_auth_events", Username=username)
        events: list[dict[str, Any]] = listed["AuthEvents"]
        return events

    def mail(self, to: str = "ada@example.com") -> dict[str, Any]:
        """The only message, once it is there."""
        return wait_for(lambda: self.world.messages(to))[-1]


def context(address: str, agent: str, **data: str) -> dict[str, Any]:
    """ContextDataType."""
    return {
        "IpAddress": address,
        "ServerName": "app.example.com",
        "ServerPath": "/login",
        "HttpHeaders": [{"headerName": "User-Agent", "headerValue": agent}],
        **data,
    }


def encoded(**device: str) -> str:
    """EncodedData as Amazon's client libraries make it."""
    payload = json.dumps({"contextData": device, "username": "ada", "timestamp": "1"})
    whole = {"payload": payload, "signature": "c2ln", "version": "JS20171115"}
    return base64.b64encode(json.dumps(whole).encode()).decode()


def watch(
    world: World, mode: str = "ENFORCED", email: str = "ada@example.com", **request: Any
) -> Watched:
    given = {
        "UserPoolTier": "PLUS",
        "UserPoolAddOns": {"AdvancedSecurityMode": mode},
        "Policies": RELAXED,
        **request,
    }
    pool = world.email_pool(**given)
    watched = Watched(pool, pool.client())
    pool.create_user(email, email=email, email_verified="true")
    return watched


def wait_for(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 10
    while not (value := found()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return value


def links(mail: dict[str, Any]) -> list[str]:
    """The links of a notification: that for Valid, that for Invalid."""
    return re.findall(r"http\S+", mail["body"])
