"""The account page: what people look after themselves, through the services of the operations."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pyotp
import pytest
from sqlalchemy.orm import Session

from idp.models import (
    BrowserSession,
    Consent,
    Device,
    LinkedIdentity,
    Passkey,
    PoolDocument,
    RecoveryCode,
    RefreshFamily,
    User,
    UserPool,
)
from idp.user_pools.rules.provider_identities import ProviderIdentity
from idp.user_pools.services import (
    consents,
    linked_identities,
    own_triggers,
    session_settings,
    users,
)
from tests.idp.hosted_ui.account_world import EMAIL, Person, client_of, path, query
from tests.idp.hosted_ui.second_factor_moves import TOTP, set_mfa
from tests.idp.oauth.world import ORIGIN, PASSWORD, Pkce, World, csrf_token, world
from tests.idp.user_pools.operations.listener import Listener, listener

__all__ = ["listener", "world"]

NEW = "Other-horse-8-battery"
SECTIONS = ("profile", "password", "sessions", "identities", "data", "delete")


@pytest.fixture
def pool_id(world: World) -> str:
    return world.pool()


@pytest.fixture
def user_id(world: World, pool_id: str) -> str:
    return world.user(pool_id)


@pytest.fixture
def person(world: World, pool_id: str, user_id: str) -> Person:
    made = Person(world, world.browser(), client_of(world, pool_id))
    made.sign_in()
    return made


def user(world: World) -> User:
    (found,) = world.rows(User)
    return found


# --- getting there ---------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["", *SECTIONS])
def test_who_is_not_signed_in_signs_in_and_comes_back(
    world: World, pool_id: str, user_id: str, section: str
) -> None:
    person = Person(world, world.browser(), client_of(world, pool_id))
    back = person.sign_in(section)
    assert path(back) == (f"/account/{section}" if section else "/account")
    assert query(back) == {"client_id": person.client.id}
    assert person.follow(back).status_code == 200


def test_the_pools_own_host_has_it_as_well(world: World, pool_id: str, user_id: str) -> None:
    world.domain(pool_id, "lighthouse")
    client = client_of(world, pool_id)
    answer = world.browser().get(
        f"/account?client_id={client.id}",
        base_url="http://lighthouse.auth.us-east-1.localhost:8450",
    )
    assert path(answer) == "/login"


def test_the_language_that_was_chosen_stays(world: World, pool_id: str, user_id: str) -> None:
    person = Person(world, world.browser(), client_of(world, pool_id))
    asked = person.browser.get(person.address(lang="de"), base_url="http://localhost:8450")
    assert query(asked)["lang"] == "de"
    assert 'lang="de"' in person.follow(asked).text


def test_the_account_page_leads_to_every_section(person: Person) -> None:
    text = person.get().text
    assert all(f'href="/account/{section}?' in text for section in SECTIONS)
    assert EMAIL in text


def test_a_pool_may_have_no_account_page(world: World, pool_id: str, person: Person) -> None:
    world.configure(pool_id, account_page=False)
    assert person.get().status_code == 404


def test_a_client_without_sign_in_pages_has_none(world: World, pool_id: str, user_id: str) -> None:
    none: dict[str, Any] = {"AllowedOAuthFlowsUserPoolClient": False, "AllowedOAuthFlows": []}
    client = client_of(
        world, pool_id, AllowedOAuthScopes=[], CallbackURLs=[], LogoutURLs=[], **none
    )
    person = Person(world, world.browser(), client)
    assert person.get().status_code == 404


# --- recently --------------------------------------------------------------------------------

RECENT = ("profile", "password", "identities", "data", "delete")


@pytest.mark.parametrize("section", RECENT)
def test_a_sensitive_section_needs_a_sign_in_of_the_last_ten_minutes(
    world: World, person: Person, section: str
) -> None:
    world.time.now += 601
    answer = person.get(section)
    assert path(answer) == "/login"
    page = person.follow(answer)
    assert "sign in again" in page.text
    assert path(person.sign_in(section)) == f"/account/{section}"
    assert person.get(section).status_code == 200


@pytest.mark.parametrize("section", RECENT)
def test_a_form_that_waited_too_long_changes_nothing(
    world: World, person: Person, section: str
) -> None:
    token = csrf_token(person.get("sessions"))
    world.time.now += 601
    form = {"csrf_token": token, "sure": "yes", "previous_password": PASSWORD, "password": NEW}
    assert path(person.post(section, **form)) == "/login"
    assert user(world).password_set < world.kernel.clock.now() - timedelta(minutes=10)


# --- profile ---------------------------------------------------------------------------------


def test_attributes_are_changed_and_emptied(world: World, person: Person) -> None:
    form = {"attribute:email": EMAIL, "attribute:name": "Ada King"}
    answer = person.send("profile", **form)
    assert path(answer) == "/account/profile"
    assert "Your profile is saved." in person.follow(answer).text
    assert user(world).attributes["name"] == "Ada King"
    person.send("profile", **{**form, "attribute:name": ""})
    assert "name" not in user(world).attributes


def test_only_what_the_client_may_write_is_changed(
    world: World, pool_id: str, user_id: str
) -> None:
    client = client_of(world, pool_id, WriteAttributes=["email", "nickname"])
    person = Person(world, world.browser(), client)
    person.sign_in()
    form = {
        "attribute:email": EMAIL,
        "attribute:nickname": "A.",
        "attribute:name": "Eve",
        "attribute:email_verified": "true",
        "attribute:sub": "eve",
    }
    person.send("profile", **form)
    found = user(world)
    assert (found.attributes["nickname"], found.attributes["name"]) == ("A.", "Ada")
    assert found.id == user_id


def test_a_wrong_value_is_told_beside_its_field(person: Person) -> None:
    answer = person.send("profile", **{"attribute:email": "nonsense", "attribute:name": "Ada"})
    assert answer.status_code == 400
    assert "This is not an email address." in answer.text
    assert 'value="nonsense"' in answer.text


def test_the_address_that_people_sign_in_with_cannot_be_emptied(person: Person) -> None:
    answer = person.send("profile", **{"attribute:email": "", "attribute:name": "Ada"})
    assert answer.status_code == 400


def test_a_changed_address_is_proved_by_a_code(world: World, person: Person) -> None:
    form = {"attribute:email": "countess@example.com", "attribute:name": "Ada"}
    answer = person.send("profile", **form)
    assert path(answer) == "/account/verify"
    page = person.follow(answer)
    assert "c***" in page.text
    assert user(world).attributes["email_verified"] == "false"
    assert person.send("verify", code="000000").status_code == 400
    done = person.send("verify", code=world.sent_code())
    assert path(done) == "/account/profile"
    assert user(world).attributes["email_verified"] == "true"


def test_an_address_waits_where_the_pool_says_so(world: World) -> None:
    names = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    pool_id = world.pool(UserAttributeUpdateSettings=names)
    world.user(pool_id)
    person = Person(world, world.browser(), client_of(world, pool_id))
    person.sign_in()
    person.send("profile", **{"attribute:email": "c@example.com", "attribute:name": "Ada"})
    assert user(world).attributes["email"] == EMAIL
    assert "c@example.com" in person.get("profile").text
    sent = person.send("verify", of="profile", kind="email")
    person.follow(sent)
    person.send("verify", code=world.sent_code())
    assert user(world).attributes["email"] == "c@example.com"


# --- password --------------------------------------------------------------------------------


def test_a_password_is_changed_and_only_this_browser_stays(world: World, person: Person) -> None:
    other = Person(world, world.browser(), person.client)
    other.sign_in()
    world.time.now += 60
    answer = person.send("password", previous_password=PASSWORD, password=NEW)
    assert path(answer) == "/account"
    assert "Your password is changed." in person.follow(answer).text
    assert path(other.get()) == "/login"
    world.time.now += 1
    assert path(other.sign_in(password=NEW)) == "/account"


def test_a_wrong_present_password_changes_nothing(world: World, person: Person) -> None:
    before = user(world).password_set
    answer = person.send("password", previous_password="Wrong-horse-9", password=NEW)
    assert "This is not your present password." in answer.text
    assert user(world).password_set == before


def test_a_weak_password_is_refused_in_words(person: Person) -> None:
    answer = person.send("password", previous_password=PASSWORD, password="short")
    assert "This password is too short." in answer.text


# --- passkeys --------------------------------------------------------------------------------


def add_passkey(world: World, pool_id: str, owner: str, name: str) -> None:
    row = Passkey(
        pool_id=pool_id,
        credential_id=name,
        user_id=owner,
        relying_party_id="localhost",
        public_key=b"",
        sign_count=0,
        friendly_name="Synced passkey",
        transports=[],
        attachment=None,
        created=world.kernel.clock.now(),
        last_used=None,
    )
    world.kernel.database.write(lambda session: session.add(row))


def test_passkeys_are_listed_and_removed(world: World) -> None:
    factors = ["PASSWORD", "WEB_AUTHN"]
    pool_id = world.pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors}})
    owner = world.user(pool_id)
    add_passkey(world, pool_id, owner, "one")
    person = Person(world, world.browser(), client_of(world, pool_id))
    person.sign_in()
    page = person.get("passkeys")
    assert "Synced passkey" in page.text
    assert "data-passkey" in page.text
    assert path(person.send("passkeys", remove="one")) == "/account/passkeys"
    assert world.rows(Passkey) == []


# --- the second step -------------------------------------------------------------------------


@pytest.fixture
def stepping(world: World, pool_id: str, person: Person) -> Person:
    set_mfa(world, pool_id, "OPTIONAL", TOTP, {"EmailMfaConfiguration": {}})
    return person


def set_up(person: Person) -> tuple[str, list[str]]:
    """The secret of a new authenticator, and the recovery codes."""
    page = person.get("authenticator").text
    secret = re.search(r'<p class="key" dir="ltr"><code>([^<]+)', page)
    assert secret
    text = secret[1].replace(" ", "")
    code = pyotp.TOTP(text).at(int(person.world.time.now))
    shown = person.send("authenticator", code=code)
    return text, re.findall(r"<li><code>([A-Z2-9-]+)</code>", shown.text)


def test_an_authenticator_is_set_up_and_turned_on(world: World, stepping: Person) -> None:
    assert stepping.send("authenticator", code="000000").status_code == 400
    _, codes = set_up(stepping)
    assert user(world).mfa["enabled"] == ["SOFTWARE_TOKEN_MFA"]
    assert len(codes) == 10
    again = Person(world, world.browser(), stepping.client)
    assert path(again.sign_in()) == "/mfa"


def test_new_recovery_codes_take_the_place_of_the_old(world: World, stepping: Person) -> None:
    set_up(stepping)
    before = {row.code_hash for row in world.rows(RecoveryCode)}
    shown = stepping.send("secondStep", change="codes:")
    assert "they are not shown again" in shown.text
    after = {row.code_hash for row in world.rows(RecoveryCode)}
    assert len(after) == 10
    assert not before & after


def test_factors_are_turned_on_preferred_and_turned_off(world: World, stepping: Person) -> None:
    set_up(stepping)
    stepping.send("secondStep", change="on:EMAIL_OTP")
    stepping.send("secondStep", change="prefer:EMAIL_OTP")
    assert user(world).mfa == {
        "enabled": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"],
        "preferred": "EMAIL_OTP",
    }
    stepping.send("secondStep", change="off:SOFTWARE_TOKEN_MFA")
    assert user(world).mfa["enabled"] == ["EMAIL_OTP"]


def test_a_factor_that_is_not_set_up_is_not_turned_on(world: World, stepping: Person) -> None:
    assert stepping.send("secondStep", change="on:SOFTWARE_TOKEN_MFA").status_code in {200, 400}
    assert user(world).mfa.get("enabled", []) == []


def test_the_last_factor_stays_where_one_is_required(
    world: World, pool_id: str, stepping: Person
) -> None:
    secret, _ = set_up(stepping)
    set_mfa(world, pool_id, "ON", TOTP)
    answer = stepping.get("secondStep")
    # The session has one factor, and the pool wants two now.
    assert path(answer) == "/login"
    world.time.now += 60
    second = stepping.sign_in("secondStep")
    token = stepping.follow(second)
    code = pyotp.TOTP(secret).at(int(world.time.now))
    form = {"csrf_token": csrf_token(token), "code": code}
    assert path(stepping.browser.post(second.location, data=form, base_url=ORIGIN)) == (
        "/account/secondStep"
    )
    refused = stepping.send("secondStep", change="off:SOFTWARE_TOKEN_MFA")
    assert "turn on another one" in refused.text
    assert user(world).mfa["enabled"] == ["SOFTWARE_TOKEN_MFA"]


# --- devices, sessions, linked accounts --------------------------------------------------------


def add_device(world: World, owner: str, key: str) -> None:
    now = world.kernel.clock.now()
    row = Device(
        user_id=owner,
        device_key=key,
        group_key="g",
        name="Ada's phone",
        remembered=True,
        attributes={"last_ip_used": "192.0.2.7"},
        created=now,
        modified=now,
        last_authenticated=now,
    )
    world.kernel.database.write(lambda session: session.add(row))


def test_devices_are_listed_and_forgotten(world: World, user_id: str, person: Person) -> None:
    add_device(world, user_id, "us-east-1_1")
    assert "192.0.2.7" in person.get("devices").text
    assert path(person.send("devices", forget="us-east-1_1")) == "/account/devices"
    assert world.rows(Device) == []


def track(world: World, pool_id: str) -> None:
    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        request = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 5}}
        session_settings.set_for_pool(session, pool, request, world.kernel.clock.now())

    world.kernel.database.write(unit)


def test_sessions_are_listed_and_one_is_ended(world: World, pool_id: str, person: Person) -> None:
    track(world, pool_id)
    other = Person(world, world.browser(), person.client)
    other.sign_in()
    page = person.get("sessions").text
    ids = re.findall(r'name="end" value="([^"]+)"', page)
    here = re.search(r'· here.*?name="end" value="([^"]+)"', page, re.DOTALL)
    assert here
    (elsewhere,) = [each for each in ids if each not in {here[1], "all"}]
    assert path(person.send("sessions", end=elsewhere)) == "/account/sessions"
    assert path(other.get()) == "/login"
    assert person.get().status_code == 200


def test_ending_the_present_session_signs_out(world: World, pool_id: str, person: Person) -> None:
    track(world, pool_id)
    (mine,) = world.rows(BrowserSession)
    assert path(person.send("sessions", end=mine.session_id)) == "/login"
    assert path(person.get()) == "/login"


def test_signing_out_everywhere_ends_browsers_and_tokens(world: World, person: Person) -> None:
    pkce = Pkce()
    code = world.code(person.client, world.browser(), **pkce.parameters)
    world.redeem(person.client, code, code_verifier=pkce.verifier)
    assert len(world.rows(RefreshFamily)) == 1
    signed_out = person.send("sessions", end="all")
    assert path(signed_out) == "/login"
    assert "You are signed out everywhere." in person.follow(signed_out).text
    assert world.rows(BrowserSession) == []
    assert all(row.revoked for row in world.rows(RefreshFamily))


def link(world: World, pool_id: str, owner: str, name: str) -> None:
    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        user = users.by_id(session, owner, to_change=True)
        identity = ProviderIdentity("Google", "Cognito_Subject", name)
        linked_identities.link(session, world.kernel, pool, user, identity)

    world.kernel.database.write(unit)


def test_a_linked_account_is_unlinked(
    world: World, pool_id: str, user_id: str, person: Person
) -> None:
    link(world, pool_id, user_id, "1234")
    assert "1234" in person.get("identities").text
    assert path(person.send("identities", provider="Google", name="1234")) == "/account/identities"
    assert world.rows(LinkedIdentity) == []


def test_an_application_is_turned_away(world: World, user_id: str, person: Person) -> None:
    pkce = Pkce()
    code = world.code(person.client, world.browser(), **pkce.parameters)
    world.redeem(person.client, code, code_verifier=pkce.verifier)
    now = world.kernel.clock.now()
    world.kernel.database.write(consents.give, user_id, person.client.id, ["email"], now)
    assert "Lighthouse" in person.get("applications").text
    answer = person.send("applications", withdraw=person.client.id)
    assert path(answer) == "/account/applications"
    assert world.rows(Consent) == []
    assert all(row.revoked for row in world.rows(RefreshFamily))


# --- data and the end --------------------------------------------------------------------------


def test_everything_but_secrets_is_downloaded(world: World, user_id: str, person: Person) -> None:
    add_device(world, user_id, "us-east-1_1")
    answer = person.send("data")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    found = json.loads(answer.data)
    assert found["attributes"]["email"] == EMAIL
    assert found["devices"][0]["DeviceKey"] == "us-east-1_1"
    assert not re.search(r"verifier|hash|secret|salt|public_key", answer.text.lower())


def test_functions_hear_of_a_change_and_of_a_deletion(
    world: World, pool_id: str, person: Person, listener: Listener
) -> None:
    """As they hear of UpdateUserAttributes and DeleteUser."""
    home = world.kernel.settings.instance / "functions"
    home.mkdir(exist_ok=True)
    told = listener.told("event['triggerSource']").splitlines()
    body = "".join(f"    {line}\n" for line in told)
    (home / "hear.py").write_text(f"def handler(event, context):\n{body}    return event\n")
    now, arn = world.kernel.clock.now(), "arn:aws:lambda:us-east-1:000000000000:function:hear"
    for name in ("AttributeChange", "UserDeletion"):
        row = PoolDocument(
            pool_id=pool_id,
            kind=own_triggers.KIND,
            key=name,
            document={"LambdaArn": arn},
            created=now,
            modified=now,
        )
        world.kernel.database.write(partial(Session.add, instance=row))
    person.send("profile", **{"attribute:email": EMAIL, "attribute:name": "Ada King"})
    person.send("delete", sure="yes")
    assert listener.wait(2) == ["AttributeChange_UpdateUserAttributes", "UserDeletion_DeleteUser"]


def test_an_account_is_deleted_with_all_that_is_its(world: World, person: Person) -> None:
    assert "Tick the box" in person.send("delete").text
    answer = person.send("delete", sure="yes")
    assert path(answer) == "/account/deleted"
    assert "Your account is deleted" in person.follow(answer).text
    assert world.rows(User) == []
    assert world.rows(BrowserSession) == []
    assert path(person.get()) == "/login"
