"""The account page attacked: other people's things, forms from elsewhere, and its way back."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyotp
import pytest

from idp.models import (
    AuthorizationCode,
    BrowserSession,
    Consent,
    Device,
    LinkedIdentity,
    Passkey,
    User,
)
from idp.user_pools.rules import one_time_passwords
from idp.user_pools.services import consents, software_tokens
from tests.idp.hosted_ui.account_world import Person, client_of, path, query
from tests.idp.hosted_ui.second_factor_moves import TOTP, set_mfa
from tests.idp.hosted_ui.test_account import add_device, add_passkey, link, track
from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    PASSWORD,
    World,
    csrf_token,
    request_of,
    world,
)

__all__ = ["world"]

ADA, EVE = "ada@example.com", "eve@example.com"
SECTIONS = (
    "profile",
    "verify",
    "password",
    "passkeys",
    "secondStep",
    "authenticator",
    "devices",
    "sessions",
    "identities",
    "data",
    "delete",
)
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "../oauth2/authorize",
    "https:evil.example",
    "account/../../evil",
    "\thttps://evil.example",
)


@pytest.fixture
def pool_id(world: World) -> str:
    factors = ["PASSWORD", "WEB_AUTHN"]
    made = world.pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors}})
    track(world, made)
    return made


@pytest.fixture
def ada(world: World, pool_id: str) -> str:
    """The victim's id, who is not at the keyboard."""
    return world.user(pool_id, ADA)


@pytest.fixture
def eve(world: World, pool_id: str, ada: str) -> Person:
    """The attacker, at her own account page."""
    world.user(pool_id, EVE)
    made = Person(world, world.browser(), client_of(world, pool_id))
    made.sign_in(email=EVE)
    return made


def names(world: World) -> set[str]:
    return {row.attributes["email"] for row in world.rows(User)}


# --- another person's ids in forms (IDOR) --------------------------------------------------------


def test_another_persons_passkey_is_not_removed(
    world: World, pool_id: str, ada: str, eve: Person
) -> None:
    add_passkey(world, pool_id, ada, "of-ada")
    assert "of-ada" not in eve.get("passkeys").text
    assert eve.send("passkeys", remove="of-ada").status_code == 400
    assert len(world.rows(Passkey)) == 1


def test_another_persons_device_is_not_forgotten(world: World, ada: str, eve: Person) -> None:
    add_device(world, ada, "us-east-1_ada")
    assert "us-east-1_ada" not in eve.get("devices").text
    assert eve.send("devices", of="sessions", forget="us-east-1_ada").status_code == 400
    assert len(world.rows(Device)) == 1


def test_another_persons_session_is_not_ended(world: World, ada: str, eve: Person) -> None:
    victim = Person(world, world.browser(), eve.client)
    victim.sign_in(email=ADA)
    (session,) = [row for row in world.rows(BrowserSession) if row.user_id == ada]
    assert session.session_id not in eve.get("sessions").text
    assert eve.send("sessions", end=session.session_id).status_code == 400
    assert victim.get().status_code == 200


def test_signing_out_everywhere_ends_nobody_elses_sessions(
    world: World, ada: str, eve: Person
) -> None:
    victim = Person(world, world.browser(), eve.client)
    victim.sign_in(email=ADA)
    eve.send("sessions", end="all")
    assert {row.user_id for row in world.rows(BrowserSession)} == {ada}


def test_another_persons_account_is_not_unlinked(
    world: World, pool_id: str, ada: str, eve: Person
) -> None:
    link(world, pool_id, ada, "1234")
    assert eve.send("identities", of="sessions", provider="Google", name="1234").status_code == 400
    assert len(world.rows(LinkedIdentity)) == 1


@pytest.mark.parametrize("name", ["username", "user_id", "sub", "attribute:sub"])
def test_no_field_says_whose_account_it_is(world: World, ada: str, eve: Person, name: str) -> None:
    form: dict[str, Any] = {name: ada, "sure": "yes"}
    eve.send("delete", **form)
    assert names(world) == {ADA}


def test_the_download_is_of_nobody_else(world: World, ada: str, eve: Person) -> None:
    answer = eve.browser.post(
        eve.address("data", sub=ada, username=ADA),
        data={"csrf_token": csrf_token(eve.get("data")), "username": ADA, "sub": ada},
        base_url=ORIGIN,
    )
    assert EVE in answer.text
    assert ada not in answer.text
    assert ADA not in answer.text


def test_a_session_of_another_pool_opens_nothing(world: World, eve: Person) -> None:
    other = Person(world, eve.browser, client_of(world, world.pool()))
    assert path(other.get()) == "/login"


def test_there_is_no_page_for_what_no_token_of_the_client_allows(
    world: World, pool_id: str
) -> None:
    """The page is in place of operations that need the scope aws.cognito.signin.user.admin; a
    client without it gives nobody a way to write attributes, or to delete himself."""
    person = Person(world, world.browser(), world.client(pool_id))
    for section in ("", "profile", "delete", "passkeys"):
        assert person.get(section).status_code == 404


def test_a_pools_host_takes_no_other_pools_client(world: World, pool_id: str, eve: Person) -> None:
    world.domain(pool_id, "lighthouse")
    foreign = client_of(world, world.pool())
    answer = eve.browser.get(
        f"/account?client_id={foreign.id}",
        base_url="http://lighthouse.auth.us-east-1.localhost:8450",
    )
    assert answer.status_code == 404


def test_a_secret_that_a_stolen_token_was_handed_is_never_what_is_scanned(
    world: World, pool_id: str, eve: Person
) -> None:
    """Whoever has the access token of somebody may ask for a secret, and waits for its owner to
    take it into use."""
    set_mfa(world, pool_id, "OPTIONAL", TOTP)
    owner = next(row.id for row in world.rows(User) if row.attributes["email"] == EVE)
    planted, kernel = bytes(range(20)), world.kernel
    kernel.database.write(software_tokens.hand_out, kernel, owner, planted)
    page = eve.get("authenticator").text
    assert one_time_passwords.secret_code(planted)[:4] not in page
    kernel.database.write(software_tokens.hand_out, kernel, owner, planted)
    secret = re.search(r'<p class="key" dir="ltr"><code>([^<]+)', page)
    assert secret
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(int(world.time.now))
    assert "recovery codes" in eve.send("authenticator", code=code).text
    world.time.now += 60
    kept = pyotp.TOTP(secret[1].replace(" ", "")).at(int(world.time.now))
    assert kernel.database.write(software_tokens.claim, kernel, owner, kept) is None


# --- session riding and clickjacking -------------------------------------------------------------


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("token", [None, "", "nonsense", "another browser's"])
def test_a_form_from_elsewhere_changes_nothing(
    world: World, eve: Person, section: str, token: str | None
) -> None:
    if token == "another browser's":
        stranger = Person(world, world.browser(), eve.client)
        token = csrf_token(stranger.follow(stranger.get()))
    form = {"sure": "yes", "end": "all", "attribute:name": "Mallory", "password": "Other-horse-8"}
    given = form if token is None else {**form, "csrf_token": token}
    assert eve.post(section, **given).status_code == 403
    assert names(world) == {ADA, EVE}
    assert eve.get().status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_is_refused_even_with_a_token(
    world: World, eve: Person, site: str
) -> None:
    token = csrf_token(eve.get("delete"))
    answer = eve.browser.post(
        eve.address("delete"),
        data={"csrf_token": token, "sure": "yes"},
        headers={"Sec-Fetch-Site": site},
        base_url=ORIGIN,
    )
    assert answer.status_code == 403
    assert EVE in names(world)


@pytest.mark.parametrize("section", SECTIONS)
def test_opening_a_page_changes_nothing(world: World, eve: Person, section: str) -> None:
    """What an image or a link of another site can do."""
    before = [vars(row)["modified"] for row in world.rows(User)]
    eve.browser.get(
        eve.address(section, sure="yes", end="all", remove="x", forget="x"), base_url=ORIGIN
    )
    assert [vars(row)["modified"] for row in world.rows(User)] == before
    assert len(world.rows(BrowserSession)) == 1


@pytest.mark.parametrize("section", ["", *SECTIONS])
def test_no_page_can_be_framed(eve: Person, section: str) -> None:
    answer = eve.get(section)
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"


# --- the way back --------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ELSEWHERE)
@pytest.mark.parametrize(
    "name", ["section", "redirect_uri", "return_to", "next", "logout_uri", "state"]
)
def test_no_parameter_leads_the_sign_in_elsewhere(
    world: World, eve: Person, name: str, target: str
) -> None:
    asked = {"client_id": eve.client.id, "for": "account", name: target}
    address = f"/login?{urlencode(asked)}"
    browser = world.browser()
    page = browser.get(address, base_url=ORIGIN)
    if page.status_code != 200:
        assert "Location" not in page.headers  # control characters: an error page
        return
    form = {"csrf_token": csrf_token(page), "username": EVE, "password": PASSWORD}
    answer = browser.post(address, data=form, base_url=ORIGIN)
    assert answer.location == f"/account?client_id={eve.client.id}"


def test_the_account_page_is_no_redirect_uri(world: World, eve: Person) -> None:
    """It gets no code, whatever an authorization request says."""
    for uri in ("/account", f"{ORIGIN}/account", "account", "urn:account"):
        query = urlencode(request_of(eve.client, redirect_uri=uri))
        answer = eve.browser.get(f"/oauth2/authorize?{query}", base_url=ORIGIN)
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_an_authorization_request_that_says_account_stays_one(world: World, eve: Person) -> None:
    """`for` and `section` mean nothing in it: the sign-in leads to the client, with all checks."""
    asked = request_of(eve.client, **{"for": "account", "section": "delete"})
    address = f"/login?{urlencode(asked)}"
    browser = world.browser()
    refused = browser.get(address, base_url=ORIGIN)
    assert refused.location.startswith(CALLBACK)  # PKCE is missing
    assert "error=invalid_request" in refused.location


def test_a_sign_in_for_the_account_page_makes_no_code(world: World, eve: Person) -> None:
    assert world.rows(AuthorizationCode) == []


def test_the_sign_in_for_the_account_page_names_no_section_of_its_own(eve: Person) -> None:
    stranger = Person(eve.world, eve.world.browser(), eve.client)
    asked = stranger.get("sessions")
    assert query(asked) == {
        "client_id": eve.client.id,
        "for": "account",
        "section": "sessions",
    }
    assert urlsplit(asked.location).netloc == ""


def test_no_consent_is_given_without_an_authorization_request(eve: Person) -> None:
    """The screen of an authorization request, asked for the account page."""
    query = urlencode({"client_id": eve.client.id, "for": "account"})
    for method in (eve.browser.get, eve.browser.post):
        answer = method(f"/consent?{query}", base_url=ORIGIN)
        assert answer.status_code != 200
        assert answer.status_code < 500


@pytest.mark.parametrize(
    "screen",
    [
        "/addPasskey",
        "/password",
        "/selectChallenge",
        "/signInCode",
        "/mfa",
        "/recoveryCodes",
        "/consent",
    ],
)
def test_a_screen_that_nobody_was_sent_to_leads_nowhere(eve: Person, screen: str) -> None:
    query = urlencode({"client_id": eve.client.id, "for": "account"})
    answer = eve.browser.get(f"{screen}?{query}", base_url=ORIGIN)
    assert answer.status_code in {303, 302, 400}
    assert "code=" not in answer.headers.get("Location", "")


def test_another_persons_consent_is_not_withdrawn(world: World, ada: str, eve: Person) -> None:
    now = world.kernel.clock.now()
    world.kernel.database.write(consents.give, ada, eve.client.id, ["openid"], now)
    assert eve.send("applications", of="sessions", withdraw=eve.client.id).status_code == 400
    assert len(world.rows(Consent)) == 1


def test_a_session_from_before_does_not_delete_the_account(world: World, eve: Person) -> None:
    """Somebody else at an unlocked screen."""
    world.time.now += 601
    token = csrf_token(eve.get("sessions"))
    assert path(eve.post("delete", csrf_token=token, sure="yes")) == "/login"
    assert EVE in names(world)
