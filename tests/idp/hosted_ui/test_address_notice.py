"""Who had an address learns at that address that it was changed at the account page."""

from __future__ import annotations

import json
import time

import pytest

from idp.models import User
from tests.idp.hosted_ui.account_world import EMAIL, Person, client_of
from tests.idp.oauth.world import ORIGIN, World, csrf_token, world

__all__ = ["world"]

NEW = "eve@example.com"
PHONE, OTHER_PHONE = "+15555550123", "+15555550199"


@pytest.fixture
def pool_id(world: World) -> str:
    return world.pool()


@pytest.fixture
def person(world: World, pool_id: str) -> Person:
    world.user(pool_id)
    made = Person(world, world.browser(), client_of(world, pool_id))
    made.sign_in()
    return made


def attributes(world: World, **changed: str) -> None:
    """Change what the person has, past the account page."""
    (row,) = world.rows(User)
    world.change_user(row.id, attributes={**row.attributes, **changed})


def notices(world: World, number: int) -> list[dict[str, str]]:
    """The messages without a code, once there are so many."""
    outbox = world.kernel.settings.instance / "outbox.jsonl"
    deadline = time.monotonic() + 10
    while True:
        lines = outbox.read_text().splitlines() if outbox.exists() else []
        found = [each for each in map(json.loads, lines) if not each["code"]]
        if len(found) >= number:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.01)


def change(person: Person, **values: str) -> None:
    form = {"email": EMAIL, "name": "Ada", **values}
    person.send("profile", **{f"attribute:{name}": value for name, value in form.items()})


def test_the_old_address_is_told_of_the_new_one(world: World, person: Person) -> None:
    change(person, email=NEW)
    (notice,) = notices(world, 1)
    assert notice["to"] == EMAIL
    assert notice["subject"] == "Your email address was changed"
    assert "Lighthouse is now e***@e***." in notice["body"]
    assert "If this was not you" in notice["body"]
    assert NEW not in notice["body"]


def test_it_is_told_when_an_address_that_waited_takes_over(world: World) -> None:
    names = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    pool_id = world.pool(UserAttributeUpdateSettings=names)
    world.user(pool_id)
    person = Person(world, world.browser(), client_of(world, pool_id))
    person.sign_in()
    change(person, email=NEW)
    assert person.send("verify", code="000000").status_code == 400
    assert notices(world, 0) == []
    person.send("verify", code=world.sent_code())
    (notice,) = notices(world, 1)
    assert notice["to"] == EMAIL


def test_of_a_phone_number_the_email_address_is_told(world: World, person: Person) -> None:
    attributes(world, phone_number=PHONE, phone_number_verified="true")
    change(person, phone_number=OTHER_PHONE)
    change(person, phone_number="")
    changed, removed = notices(world, 2)
    assert {changed["to"], removed["to"]} == {EMAIL}
    texts = sorted(each["body"] for each in (changed, removed))
    assert "is now +*******0199." in texts[0]
    assert "was removed." in texts[1]
    assert changed["subject"] == "Your phone number was changed"


def test_without_a_proven_email_address_the_old_number_is_told(
    world: World, person: Person
) -> None:
    attributes(world, email_verified="false", phone_number=PHONE, phone_number_verified="true")
    change(person, phone_number=OTHER_PHONE)
    (notice,) = notices(world, 1)
    assert (notice["channel"], notice["to"]) == ("sms", PHONE)


def test_an_address_that_nobody_has_proved_is_told_nothing(world: World, person: Person) -> None:
    """It may be a stranger's."""
    attributes(world, email_verified="false")
    change(person, email=NEW)
    person.send("verify", code=world.sent_code())
    change(person, email=NEW, name="Ada King")
    assert notices(world, 0) == []


def test_it_is_written_in_the_language_of_the_page(world: World, person: Person) -> None:
    form = {"csrf_token": csrf_token(person.get("profile")), "attribute:name": "Ada"}
    address = person.address("profile", lang="de")
    person.browser.post(address, data={**form, "attribute:email": NEW}, base_url=ORIGIN)
    (notice,) = notices(world, 1)
    assert notice["subject"] == "Ihre E-Mail-Adresse wurde geändert"
