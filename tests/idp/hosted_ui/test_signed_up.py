"""After the confirmation code: who goes on signed in, and who has to sign in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.models import AuthEvent, BrowserSession, PoolDocument, User, UserPool
from kernel.functions.sources import FunctionFiles
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.hosted_ui.second_factor_moves import SMS, TOTP, set_mfa
from tests.idp.oauth.world import CALLBACK, PASSWORD, Pkce, World, csrf_token, query_of, request_of

EMAIL = "ada@example.com"
FLOWS = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
SIGN_IN = "Your account is confirmed. Sign in to continue."


@pytest.fixture
def visitor(world: World, pool_id: str) -> Visitor:
    client = world.client(pool_id, ExplicitAuthFlows=FLOWS)
    return Visitor(world.browser(), client, request_of(client, **Pkce().parameters))


def sign_up(visitor: Visitor) -> TestResponse:
    """The screen that waits for the code."""
    return visitor.follow(visitor.submit("/signup", username=EMAIL, password=PASSWORD))


def confirm(world: World, visitor: Visitor) -> TestResponse:
    return visitor.submit("/confirm", code=world.sent_code())


def change_pool(world: World, pool_id: str, **settings: Any) -> None:
    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        pool.settings = {**pool.settings, **settings}

    world.kernel.database.write(unit)


def must_sign_in(world: World, visitor: Visitor, answer: TestResponse) -> None:
    """The account is confirmed, and nobody is signed in."""
    page = visitor.follow(answer)
    assert SIGN_IN in page.text
    assert world.rows(BrowserSession) == []
    assert world.rows(User)[0].status == "CONFIRMED"


def test_person_goes_on_signed_in(world: World, visitor: Visitor) -> None:
    sign_up(visitor)
    done = confirm(world, visitor)
    assert done.location.startswith(CALLBACK)
    assert query_of(done)["state"] == visitor.parameters["state"]
    (session,) = world.rows(BrowserSession)
    # One factor: the password that was chosen is none that was proved.
    assert session.factors == ["EMAIL_OTP"]
    assert session.user_id == world.rows(User)[0].id


def test_wrong_code_and_new_code_keep_the_way_open(world: World, visitor: Visitor) -> None:
    waiting = sign_up(visitor)
    first = world.sent_code()
    again = visitor.follow(visitor.submit("/resendcode", waiting))
    world.wait_for_message(2)
    assert visitor.submit("/confirm", again, code=first).status_code == 400
    assert confirm(world, visitor).location.startswith(CALLBACK)


def test_another_browser_has_to_sign_in(world: World, visitor: Visitor) -> None:
    sign_up(visitor)
    other = Visitor(world.browser(), visitor.client, visitor.parameters)
    answer = other.submit("/confirm", username=EMAIL, code=world.sent_code())
    must_sign_in(world, other, answer)


def test_who_came_by_the_sign_in_page_has_to_sign_in(world: World, visitor: Visitor) -> None:
    """He has not signed up in this browser, or not just now."""
    sign_up(visitor)
    other = Visitor(world.browser(), visitor.client, visitor.parameters)
    waiting = other.follow(other.submit("/login", username=EMAIL, password=PASSWORD))
    must_sign_in(world, other, other.submit("/confirm", waiting, code=world.sent_code()))


def test_code_works_once_in_the_browser_that_signed_up(world: World, visitor: Visitor) -> None:
    """A stolen copy of its cookies opens nothing once the code is spent."""
    sign_up(visitor)
    name = f"poolgate-flow-{visitor.client.pool_id}"
    flow = visitor.browser.get_cookie(name, domain="localhost")
    assert flow is not None
    code = world.sent_code()
    assert confirm(world, visitor).location.startswith(CALLBACK)
    thief = Visitor(world.browser(), visitor.client, visitor.parameters)
    thief.browser.set_cookie(name, flow.value, domain="localhost")
    assert thief.submit("/confirm", code=code).status_code == 400
    assert len(world.rows(BrowserSession)) == 1


def test_code_signs_in_once_under_parallel_requests(world: World, visitor: Visitor) -> None:
    sign_up(visitor)
    page = visitor.get("/confirm")
    names = [f"poolgate-{kind}-{visitor.client.pool_id}" for kind in ("flow", "csrf")]
    cookies = [visitor.browser.get_cookie(name, domain="localhost") for name in names]
    form = {"csrf_token": csrf_token(page), "code": world.sent_code()}

    def enter(_: int) -> int:
        tab = Visitor(world.browser(), visitor.client, visitor.parameters)
        for cookie in cookies:
            assert cookie is not None
            tab.browser.set_cookie(cookie.key, cookie.value, domain="localhost")
        return tab.post("/confirm", **form).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, range(4))) == [302, 400, 400, 400]
    assert len(world.rows(BrowserSession)) == 1


def test_flow_of_one_sign_up_does_not_sign_another_user_in(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    """An account that was made anew under the same name belongs to whoever made that one."""
    sign_up(visitor)
    (user,) = world.rows(User)
    world.kernel.database.write(lambda session: session.delete(session.get(User, user.id)))
    other = Visitor(world.browser(), visitor.client, visitor.parameters)
    sign_up(other)
    must_sign_in(world, visitor, confirm(world, visitor))


def test_who_takes_longer_than_a_session_has_to_sign_in(world: World, visitor: Visitor) -> None:
    sign_up(visitor)
    world.time.now += 181
    must_sign_in(world, visitor, confirm(world, visitor))


def test_client_without_choice_based_sign_in_has_to_sign_in(world: World, pool_id: str) -> None:
    client = world.client(pool_id, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    sign_up(visitor)
    must_sign_in(world, visitor, confirm(world, visitor))


def test_pool_of_the_lite_tier_has_to_sign_in(world: World, visitor: Visitor, pool_id: str) -> None:
    change_pool(world, pool_id, UserPoolTier="LITE")
    sign_up(visitor)
    must_sign_in(world, visitor, confirm(world, visitor))


def test_disabled_user_is_not_signed_in(world: World, visitor: Visitor) -> None:
    sign_up(visitor)
    world.change_user(world.rows(User)[0].id, enabled=False)
    must_sign_in(world, visitor, confirm(world, visitor))


def test_blocked_address_is_not_signed_in(world: World, visitor: Visitor, pool_id: str) -> None:
    sign_up(visitor)
    add_ons = {"AdvancedSecurityMode": "ENFORCED"}
    change_pool(world, pool_id, UserPoolTier="PLUS", UserPoolAddOns=add_ons)
    document = {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["127.0.0.0/8"]}}
    now = world.kernel.clock.now()
    row = PoolDocument(
        pool_id=pool_id, kind="risk", key="", document=document, created=now, modified=now
    )
    world.kernel.database.write(lambda session: session.add(row))
    refused = confirm(world, visitor)
    assert "security reasons" in refused.text
    assert world.rows(BrowserSession) == []


def test_sign_in_is_an_event_of_threat_protection(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    add_ons = {"AdvancedSecurityMode": "ENFORCED"}
    change_pool(world, pool_id, UserPoolTier="PLUS", UserPoolAddOns=add_ons)
    sign_up(visitor)
    assert confirm(world, visitor).location.startswith(CALLBACK)
    events = {row.document["EventType"]: row.document["EventResponse"] for row in
              world.rows(AuthEvent)}  # fmt: skip
    assert events == {"SignUp": "Pass", "SignIn": "Pass"}


def test_who_must_set_up_a_second_factor_signs_in_first(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    set_mfa(world, pool_id, "ON", TOTP)
    sign_up(visitor)
    must_sign_in(world, visitor, confirm(world, visitor))


def test_second_factor_is_asked_for(world: World, visitor: Visitor, pool_id: str) -> None:
    set_mfa(world, pool_id, "ON", SMS)
    sign_up(visitor)
    code, user_id = world.sent_code(), world.rows(User)[0].id

    def unit(session: Any) -> None:
        user = session.get_one(User, user_id)
        phone = {"phone_number": "+15555550123", "phone_number_verified": "true"}
        user.attributes = {**user.attributes, **phone}

    world.kernel.database.write(unit)
    answer = visitor.submit("/confirm", code=code)
    assert world.rows(BrowserSession) == []
    second = visitor.follow(answer)
    assert second.request.path == "/mfa"
    done = visitor.submit("/mfa", second, code=world.sent_code())
    assert done.location.startswith(CALLBACK)
    assert world.rows(BrowserSession)[0].factors == ["EMAIL_OTP", "SMS_MFA"]


@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication"])
def test_functions_of_a_sign_in_are_asked(
    world: World,
    visitor: Visitor,
    pool_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trigger: str,
) -> None:
    functions = tmp_path / "of-the-test"
    functions.mkdir()
    (functions / "refuse.py").write_text("def handler(event, context):\n    raise Exception('no')")
    monkeypatch.setattr(world.kernel.functions, "_sources", (FunctionFiles(functions),))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:refuse"
    change_pool(world, pool_id, LambdaConfig={trigger: arn})
    sign_up(visitor)
    must_sign_in(world, visitor, confirm(world, visitor))
