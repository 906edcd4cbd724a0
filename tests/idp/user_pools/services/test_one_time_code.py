"""Codes that are sent to sign in with, below the challenges that use them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from idp.errors import (
    CodeMismatch,
    InvalidSession,
    LimitExceeded,
    PasswordAttemptsExceeded,
    SessionExpired,
    SessionSpent,
)
from idp.models import User
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.services import messages
from idp.user_pools.services.sign_in import beginning, one_time_code, sessions
from idp.user_pools.services.sign_in.attempt import Asked, Attempt, Challenge
from idp.user_pools.services.sign_in.one_time_code import EMAIL_OTP, SMS_MFA, SMS_OTP, Kind
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.subjects import load_client
from tests.idp.user_pools.operations.world import AppClient, World, new_email

PHONE = "+15555550199"


@pytest.fixture
def email() -> str:
    return new_email()


@pytest.fixture
def client(world: World, email: str) -> AppClient:
    pool = world.pool()
    pool.create_user("ada", email=email, email_verified="true", phone_number=PHONE)
    return pool.client()


def attempt(client: AppClient, username: str = "ada") -> Attempt[User]:
    kernel = client.pool.world.kernel
    context = kernel.database.look_up(load_client, kernel, client.id)

    def complete(_: Attempt[User], user: User) -> User:
        return user

    return kernel.database.look_up(beginning.start, kernel, context, username, complete, Asked())


def pose(begun: Attempt[User], address: str, kind: Kind = EMAIL_OTP, **more: Any) -> Challenge:
    return one_time_code.pose(
        begun,
        begun.user,
        kind,
        Destination(kind.attribute, address),
        messages.VERIFICATION,
        **more,
    )


def pending(begun: Attempt[User], challenge: Challenge) -> Pending:
    token = challenge.session or ""
    return sessions.open_session(begun.kernel, begun.context, challenge.name, token)


@pytest.mark.parametrize(("kind", "digits"), [(SMS_MFA, 6), (EMAIL_OTP, 8), (SMS_OTP, 8)])
def test_code_is_sent_and_not_in_the_answer(
    world: World, client: AppClient, email: str, kind: Kind, digits: int
) -> None:
    begun, address = attempt(client), email if kind is EMAIL_OTP else PHONE
    challenge = pose(begun, address, kind)
    code = world.code(address)
    assert len(code) == digits
    assert challenge.name == kind.challenge
    medium, shown = ("EMAIL", "p***@e***") if kind is EMAIL_OTP else ("SMS", "+*******0199")
    assert challenge.parameters == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": medium,
        "CODE_DELIVERY_DESTINATION": shown,
    }
    one_time_code.check(begun, pending(begun, challenge), kind, code)


def test_right_code_is_spent(world: World, client: AppClient, email: str) -> None:
    begun = attempt(client)
    asked = pending(begun, pose(begun, email))
    one_time_code.check(begun, asked, EMAIL_OTP, world.code(email))
    with pytest.raises(SessionSpent):
        one_time_code.check(begun, asked, EMAIL_OTP, world.code(email))


def test_wrong_code_may_be_tried_again_until_the_user_is_locked_out(
    world: World, client: AppClient, email: str
) -> None:
    begun = attempt(client)
    asked = pending(begun, pose(begun, email))
    for code in ("", "1", "99999999999", "１２３４５６７８", "\x00"):
        with pytest.raises(CodeMismatch):
            one_time_code.check(begun, asked, EMAIL_OTP, code)
    with pytest.raises(PasswordAttemptsExceeded):
        one_time_code.check(begun, asked, EMAIL_OTP, world.code(email))
    world.time.pass_by(seconds=2)
    one_time_code.check(begun, asked, EMAIL_OTP, world.code(email))


def test_lock_out_holds_for_every_session_of_the_user(
    world: World, client: AppClient, email: str
) -> None:
    for _ in range(5):
        begun = attempt(client)
        asked = pending(begun, pose(begun, email))
        with pytest.raises(CodeMismatch):
            one_time_code.check(begun, asked, EMAIL_OTP, "0")
    with pytest.raises(PasswordAttemptsExceeded):
        one_time_code.check(begun, asked, EMAIL_OTP, world.code(email))


def test_code_fits_its_sign_in_and_its_challenge(
    world: World, client: AppClient, email: str
) -> None:
    first, second = attempt(client), attempt(client)
    asked = pending(first, pose(first, email))
    code = world.code(email)
    other = pending(second, pose(second, email))
    with pytest.raises(CodeMismatch):
        one_time_code.check(second, other, EMAIL_OTP, code)
    with pytest.raises(CodeMismatch):
        one_time_code.check(first, asked, SMS_OTP, code)
    with pytest.raises(InvalidSession):
        pending(first, replace(pose(first, email), name="SMS_OTP"))


def test_code_expires_with_its_session(world: World, client: AppClient, email: str) -> None:
    begun = attempt(client)
    challenge = pose(begun, email)
    world.time.pass_by(minutes=3)
    with pytest.raises(SessionExpired):
        pending(begun, challenge)


def test_missing_user_is_asked_alike_and_gets_no_message(
    world: World, client: AppClient, email: str
) -> None:
    here, nobody = attempt(client), attempt(client, "nobody")
    sent = len(world.messages())
    real, simulated = pose(here, email), pose(nobody, "p@example.com")
    assert len(world.messages()) == sent + 1
    assert real.parameters.keys() == simulated.parameters.keys()
    assert real.session
    assert simulated.session
    assert abs(len(real.session) - len(simulated.session)) < 8  # the name's own length
    asked = pending(nobody, simulated)
    with pytest.raises(CodeMismatch):
        one_time_code.check(nobody, asked, EMAIL_OTP, "00000000")


def test_missing_user_is_locked_out_alike(client: AppClient) -> None:
    nobody = attempt(client, "nobody")
    asked = pending(nobody, pose(nobody, "p@example.com"))
    for _ in range(5):
        with pytest.raises(CodeMismatch):
            one_time_code.check(nobody, asked, EMAIL_OTP, "00000000")
    with pytest.raises(PasswordAttemptsExceeded):
        one_time_code.check(nobody, asked, EMAIL_OTP, "00000000")


@pytest.mark.parametrize("username", ["ada", "nobody"])
def test_sending_is_limited_alike(client: AppClient, username: str) -> None:
    begun = attempt(client, username)
    for _ in range(one_time_code.SENDS_PER_HOUR):
        pose(begun, "p@example.com")
    with pytest.raises(LimitExceeded):
        pose(attempt(client, username), "p@example.com")


def test_code_carries_the_address_that_it_proves(
    world: World, client: AppClient, email: str
) -> None:
    begun = attempt(client)
    assert one_time_code.proved_address(pending(begun, pose(begun, email))) == ""
    asked = pending(begun, pose(begun, "ä@example.com", proves="ä@example.com"))
    assert one_time_code.proved_address(asked) == "ä@example.com"
    one_time_code.check(begun, asked, EMAIL_OTP, world.code("ä@example.com"))


def test_session_is_as_long_for_an_address_of_any_length(client: AppClient, email: str) -> None:
    begun, nobody = attempt(client), attempt(client, "eve")
    lengths = {
        len(pose(each, address).session or "")
        for each in (begun, nobody)
        for address in (email, "a@b.example", f"{'a' * 60}@example.com")
    }
    assert len(lengths) == 1
