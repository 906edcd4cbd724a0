"""Pools with second factors, and the moves that their tests make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyotp

from tests.idp.user_pools.operations.world import PASSWORD, AppClient, Pool, World, new_name

SMS_CONFIGURATION = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}
SMS = {"SmsConfiguration": SMS_CONFIGURATION}
TOTP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
SMS_FACTOR = {"SmsMfaConfiguration": {"SmsConfiguration": SMS_CONFIGURATION}}
EMAIL = {"EmailMfaConfiguration": {"Message": "Mail code {####}", "Subject": "Your mail code"}}
PHONE = "+15555550123"


def mfa_pool(world: World, mode: str, *factors: dict[str, Any], **request: Any) -> Pool:
    pool = world.pool(**request)
    set_mfa(pool, mode, *factors)
    return pool


def set_mfa(pool: Pool, mode: str, *factors: dict[str, Any]) -> Any:
    merged = {name: value for factor in factors for name, value in factor.items()}
    return pool.call("set_user_pool_mfa_config", MfaConfiguration=mode, **merged)


@dataclass
class Person:
    """A user at one client, with an authenticator if he made one."""

    client: AppClient
    username: str
    password: str = PASSWORD
    secret: str = ""

    @property
    def world(self) -> World:
        return self.client.pool.world

    def code(self, steps: int = 0) -> str:
        """What the authenticator shows now, or some steps of 30 seconds from now."""
        return pyotp.TOTP(self.secret).at(int(self.world.time()) + 30 * steps)

    def next_code(self) -> str:
        """A code that was not used, once its time has come."""
        self.world.time.pass_by(seconds=30)
        return self.code()

    def begin(self) -> Any:
        return self.client.sign_in(self.username, self.password)

    def tokens(self) -> dict[str, str]:
        tokens: dict[str, str] = self.begin()["AuthenticationResult"]
        return tokens

    def respond(self, challenge: str, session: str, **responses: str) -> Any:
        given = {"USERNAME": self.username, **responses}
        if self.client.secret:
            given["SECRET_HASH"] = self.client.hash_of(self.username)
        return self.client.call(
            "respond_to_auth_challenge",
            ChallengeName=challenge,
            Session=session,
            ChallengeResponses=given,
        )

    def answer(self, posed: Any, code: str) -> Any:
        """Answer what was posed with a code."""
        name = posed["ChallengeName"]
        return self.respond(name, posed["Session"], **{f"{name.removesuffix('_CODE')}_CODE": code})

    def associate(self, **by: str) -> Any:
        answer = self.world.public.associate_software_token(**by)
        self.secret = answer["SecretCode"]
        return answer

    def verify(self, code: str, **by: str) -> Any:
        return self.world.public.verify_software_token(UserCode=code, **by)

    def enrol(self, token: str, name: str = "phone", *, prefer: bool = True) -> None:
        """An authenticator by access token, turned on."""
        self.associate(AccessToken=token)
        self.verify(self.code(), AccessToken=token, FriendlyDeviceName=name)
        self.prefer(token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": prefer})

    def prefer(self, token: str, **settings: Any) -> Any:
        return self.world.public.set_user_mfa_preference(AccessToken=token, **settings)

    @property
    def described(self) -> Any:
        return self.client.pool.call("admin_get_user", Username=self.username)


def person(pool: Pool, client: AppClient | None = None, **attributes: str) -> Person:
    username = new_name()
    pool.create_user(username, **attributes)
    return Person(client or pool.client(), username)


def with_phone(pool: Pool, client: AppClient | None = None, **attributes: str) -> Person:
    return person(
        pool, client, phone_number=new_phone(), phone_number_verified="true", **attributes
    )


_phones = iter(range(10**6))


def new_phone() -> str:
    return f"+1555{next(_phones):07d}"
