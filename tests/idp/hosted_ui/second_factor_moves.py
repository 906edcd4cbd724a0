"""What people do who have a second factor, and how theirs is set."""

from __future__ import annotations

import re
from typing import Any

import pyotp
from werkzeug.test import TestResponse

from idp.models import UserPool
from idp.user_pools.rules import mfa_settings
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import CALLBACK, PASSWORD, World, query_of

EMAIL_ADDRESS = "ada@example.com"
TOTP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
SMS = {"SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::1:role/sms"}}}


def set_mfa(world: World, pool_id: str, mode: str, *factors: dict[str, Any]) -> None:
    request = {"MfaConfiguration": mode}
    for factor in factors:
        request.update(factor)

    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        pool.settings = mfa_settings.changed(pool.settings, request)

    world.kernel.database.write(unit)


def sign_in(visitor: Visitor) -> TestResponse:
    """The screen after the password."""
    answer = visitor.submit("/login", username=EMAIL_ADDRESS, password=PASSWORD)
    return visitor.follow(answer)


def secret_on(page: TestResponse) -> str:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def code(world: World, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(world.time()) + 30 * steps)


def is_done(answer: TestResponse) -> bool:
    return answer.status_code in {302, 303} and (
        answer.location.startswith(CALLBACK) and "code" in query_of(answer)
    )
