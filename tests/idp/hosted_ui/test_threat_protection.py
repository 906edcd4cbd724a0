"""The pages act on threat protection as the operations do."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from idp.models import AuthEvent, PoolDocument, UserPool
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.hosted_ui.second_factor_moves import (
    EMAIL_ADDRESS,
    TOTP,
    code,
    is_done,
    secret_on,
    set_mfa,
    sign_in,
)
from tests.idp.oauth.world import World

KNOWN_TO_ATTACKERS = "Password123!"


@pytest.fixture
def configure(world: World, pool_id: str) -> Any:
    """Turns threat protection on, with a risk configuration."""

    def configured(**document: Any) -> None:
        def unit(session):  # type: ignore[no-untyped-def]
            pool, now = session.get(UserPool, pool_id), world.kernel.clock.now()
            add_ons = {"AdvancedSecurityMode": "ENFORCED"}
            pool.settings = {**pool.settings, "UserPoolTier": "PLUS", "UserPoolAddOns": add_ons}
            session.add(
                PoolDocument(pool_id=pool_id, kind="risk", key="", document=document,
                             created=now, modified=now)
            )  # fmt: skip

        world.kernel.database.write(unit)

    return configured


def test_a_blocked_address_signs_nobody_in(
    world: World, visitor: Visitor, pool_id: str, configure: Any
) -> None:
    world.user(pool_id, "ada@example.com")
    configure(RiskExceptionConfiguration={"BlockedIPRangeList": ["127.0.0.0/8"]})
    for username in ("ada@example.com", "nobody@example.com"):
        page = visitor.submit("/login", username=username, password="Correct-horse-7")
        assert page.status_code == 400
        assert "security reasons" in page.text


def test_a_blocked_address_does_not_finish_a_set_up(
    world: World, visitor: Visitor, pool_id: str, configure: Any
) -> None:
    world.user(pool_id, EMAIL_ADDRESS)
    set_mfa(world, pool_id, "ON", TOTP)
    page = sign_in(visitor)
    shown = visitor.submit("/setUpAuthenticator", page, code=code(world, secret_on(page)))
    configure(RiskExceptionConfiguration={"BlockedIPRangeList": ["127.0.0.0/8"]})
    answer = visitor.submit("/recoveryCodes", shown)
    assert not is_done(answer)
    assert "security reasons" in visitor.follow(answer).text


def test_a_sign_in_at_the_page_is_an_event(
    world: World, visitor: Visitor, pool_id: str, configure: Any
) -> None:
    user_id = world.user(pool_id, "ada@example.com")
    configure()
    assert visitor.submit("/login", username="ada@example.com", password="wrong").status_code == 400
    page = visitor.submit("/login", username="ada@example.com", password="Correct-horse-7")
    assert page.status_code in {302, 303}
    found = world.kernel.database.read(
        lambda session: session.scalars(
            select(AuthEvent.document).where(AuthEvent.user_id == user_id)
        ).all()
    )
    assert sorted(each["EventResponse"] for each in found) == ["Fail", "Pass"]
    assert {each["EventContextData"]["IpAddress"] for each in found} == {"127.0.0.1"}


def test_a_compromised_password_is_told_of_beside_its_field(
    world: World, visitor: Visitor, configure: Any
) -> None:
    configure(CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "BLOCK"}})
    page = visitor.submit(
        "/signup", username="new@example.com", email="new@example.com", password=KNOWN_TO_ATTACKERS
    )
    assert page.status_code == 400
    assert "Attackers know this password" in page.text


def test_a_sign_in_with_a_compromised_password_asks_for_a_reset(
    world: World,
    visitor: Visitor,
    pool_id: str,
    configure: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.idp.oauth.world.PASSWORD", KNOWN_TO_ATTACKERS)
    world.user(pool_id, "ada@example.com")
    configure(CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "BLOCK"}})
    page = visitor.submit("/login", username="ada@example.com", password=KNOWN_TO_ATTACKERS)
    assert page.status_code == 400
    assert "has to be set anew" in page.text
