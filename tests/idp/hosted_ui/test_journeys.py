"""What people do at the pages, from screen to screen, without JavaScript."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.models import ConfirmationCode, User
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import CALLBACK, PASSWORD, Pkce, World, csrf_token, query_of, request_of

EMAIL = "ada@example.com"
NEW = "Another-horse-8"


def test_sign_up_confirm_and_sign_in(world: World, visitor: Visitor) -> None:
    confirm = visitor.follow(visitor.submit("/signup", username=EMAIL, password=PASSWORD))
    assert "a***@e***" in confirm.text
    assert EMAIL not in confirm.request.url
    answer = visitor.submit("/confirm", confirm, code=world.sent_code())
    sign_in = visitor.follow(answer)
    assert "Your account is confirmed" in sign_in.text
    assert f'value="{EMAIL}"' in sign_in.text
    done = visitor.submit("/login", sign_in, username=EMAIL, password=PASSWORD)
    assert done.location.startswith(CALLBACK)
    assert "code" in query_of(done)


def test_a_new_code_replaces_the_lost_one(world: World, visitor: Visitor) -> None:
    confirm = visitor.follow(visitor.submit("/signup", username=EMAIL, password=PASSWORD))
    first = world.sent_code()
    again = visitor.follow(visitor.submit("/resendcode", confirm))
    assert "We sent a new code" in again.text
    world.wait_for_message(2)
    assert world.sent_code() != first
    assert visitor.submit("/confirm", again, code=first).status_code == 400
    assert visitor.submit("/confirm", code=world.sent_code()).status_code == 303


def test_an_unconfirmed_person_is_led_to_the_code(world: World, visitor: Visitor) -> None:
    visitor.submit("/signup", username=EMAIL, password=PASSWORD)
    stranger = Visitor(world.browser(), visitor.client, visitor.parameters)
    confirm = stranger.follow(stranger.submit("/login", username=EMAIL, password=PASSWORD))
    assert "not confirmed yet" in confirm.text
    assert stranger.submit("/confirm", confirm, code=world.sent_code()).status_code == 303


def test_without_the_password_nobody_learns_that_an_account_is_unconfirmed(
    world: World, visitor: Visitor
) -> None:
    visitor.submit("/signup", username=EMAIL, password=PASSWORD)
    unconfirmed = visitor.submit("/login", username=EMAIL, password="Wrong-horse-9")
    missing = visitor.submit("/login", username="x@example.com", password="Wrong-horse-9")
    assert "Incorrect username or password." in unconfirmed.text
    assert unconfirmed.text.replace(EMAIL, "") == missing.text.replace("x@example.com", "")


def test_the_code_works_on_another_device_with_the_name(world: World, visitor: Visitor) -> None:
    visitor.submit("/signup", username=EMAIL, password=PASSWORD)
    other = Visitor(world.browser(), visitor.client, visitor.parameters)
    page = other.get("/confirm")
    assert 'name="username"' in page.text
    assert "/resendcode" not in page.text
    answer = other.submit("/confirm", page, username=EMAIL, code=world.sent_code())
    assert "Your account is confirmed" in other.follow(answer).text


def test_a_forgotten_password_is_set_anew(world: World, visitor: Visitor, pool_id: str) -> None:
    world.user(pool_id, EMAIL)
    reset = visitor.follow(visitor.submit("/forgotPassword", username=EMAIL))
    assert "a***@e***" in reset.text
    world.wait_for_message()
    answer = visitor.submit("/confirmforgotPassword", reset, code=world.sent_code(), password=NEW)
    sign_in = visitor.follow(answer)
    assert "Your new password is set" in sign_in.text
    done = visitor.submit("/login", sign_in, username=EMAIL, password=NEW)
    assert done.location.startswith(CALLBACK)


def test_forgetting_the_password_of_a_missing_account_looks_the_same(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    world.user(pool_id, EMAIL)
    pages = []
    for name in (EMAIL, "alan@ecample.com"):
        reset = visitor.follow(visitor.submit("/forgotPassword", username=name))
        pages.append(reset.text)
    assert pages[0].split("csrf_token")[0] == pages[1].split("csrf_token")[0]
    assert len(world.rows(ConfirmationCode)) == 1


def test_a_weak_password_is_explained_at_its_field(visitor: Visitor) -> None:
    page = visitor.submit("/signup", username=EMAIL, password="Tiny-7")
    assert page.status_code == 400
    assert 'id="password-error"' in page.text
    assert "This password is too short." in page.text
    assert "<title>Error: " in page.text
    assert f'value="{EMAIL}"' in page.text
    assert "Tiny-7" not in page.text


def test_a_taken_name_is_explained_at_its_field(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    world.user(pool_id, EMAIL)
    page = visitor.submit("/signup", username=EMAIL, password=PASSWORD)
    assert 'id="username-error"' in page.text


def test_an_invited_person_chooses_a_password(world: World, visitor: Visitor, pool_id: str) -> None:
    user_id = world.user(pool_id, EMAIL, status="FORCE_CHANGE_PASSWORD")
    choose = visitor.follow(visitor.submit("/login", username=EMAIL, password=PASSWORD))
    assert "Your password was temporary" in choose.text
    weak = visitor.submit("/newPassword", choose, password="x")
    assert "This password is too short" in weak.text
    done = visitor.submit("/newPassword", weak, password=NEW)
    assert done.location.startswith(CALLBACK)
    (user,) = [row for row in world.rows(User) if row.id == user_id]
    assert user.status == "CONFIRMED"


def test_an_invited_person_fills_in_what_the_pool_requires(world: World) -> None:
    pool_id = world.pool(
        Schema=[
            {"Name": "family_name", "AttributeDataType": "String", "Required": True,
             "Mutable": True},
        ]
    )  # fmt: skip
    world.user(pool_id, EMAIL, status="FORCE_CHANGE_PASSWORD")
    client = world.client(pool_id)
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    choose = visitor.follow(visitor.submit("/login", username=EMAIL, password=PASSWORD))
    assert "Last name" in choose.text
    missing = visitor.submit("/newPassword", choose, password=NEW)
    assert missing.status_code == 400
    form = {"password": NEW, "attribute:family_name": "Lovelace"}
    assert visitor.submit("/newPassword", missing, **form).location.startswith(CALLBACK)


def test_a_spent_invitation_starts_again(world: World, visitor: Visitor, pool_id: str) -> None:
    world.user(pool_id, EMAIL, status="FORCE_CHANGE_PASSWORD")
    choose = visitor.follow(visitor.submit("/login", username=EMAIL, password=PASSWORD))
    world.time.now += 600
    late = visitor.follow(visitor.submit("/newPassword", choose, password=NEW))
    assert "This took too long" in late.text


def test_a_reset_that_an_administrator_ordered_is_led_to_the_code(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    world.user(pool_id, EMAIL, status="RESET_REQUIRED")
    reset = visitor.follow(visitor.submit("/login", username=EMAIL, password=PASSWORD))
    assert "has to be set anew" in reset.text


def test_five_wrong_passwords_lock_the_account_for_a_while(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    world.user(pool_id, EMAIL)
    for _ in range(5):
        page = visitor.submit("/login", username=EMAIL, password="Wrong-horse-9")
        assert "Incorrect username or password." in page.text
    locked = visitor.submit("/login", username=EMAIL, password=PASSWORD)
    assert "Too many failed sign-ins" in locked.text
    world.time.now += 3600
    assert visitor.submit("/login", username=EMAIL, password=PASSWORD).status_code == 302


def test_a_burst_of_guesses_is_counted_one_by_one(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    world.user(pool_id, EMAIL)
    token = csrf_token(visitor.get("/login"))
    cookie = visitor.browser.get_cookie(f"poolgate-csrf-{pool_id}", domain="localhost")
    assert cookie

    def guess(number: int) -> str:
        stranger = Visitor(world.browser(), visitor.client, visitor.parameters)
        stranger.browser.set_cookie(cookie.key, cookie.value, domain="localhost")
        form = {"username": EMAIL, "password": f"Wrong-horse-{number}", "csrf_token": token}
        return stranger.post("/login", **form).text

    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(guess, range(16)))
    assert sum("Incorrect username or password." in page for page in pages) == 5


def test_login_hint_fills_in_the_name(visitor: Visitor) -> None:
    visitor.parameters["login_hint"] = '"><script>alert(1)</script>'
    page = visitor.get("/login")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_where_only_administrators_make_accounts_nobody_can_sign_up(world: World) -> None:
    pool_id = world.pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    client = world.client(pool_id)
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    assert "/signup" not in visitor.get("/login").text
    refused = visitor.submit("/signup", username=EMAIL, password=PASSWORD)
    assert "You cannot sign up here." in refused.text


@pytest.mark.parametrize("path", ["/login", "/signup", "/forgotPassword", "/confirmforgotPassword"])
def test_an_empty_form_is_asked_again(visitor: Visitor, path: str) -> None:
    page = visitor.submit(path)
    assert page.status_code == 400
    assert "<title>Error: " in page.text


@pytest.mark.parametrize(
    "text", ["\x00", "\x1b[31m", "x" * 3000, "' OR 1=1 --", "{{7*7}}", "\u202e", "a\r\nb: c"]
)
def test_bad_input_is_a_page(visitor: Visitor, text: str) -> None:
    for path in ("/login", "/signup", "/forgotPassword", "/confirm", "/confirmforgotPassword"):
        answer = visitor.submit(path, username=text, password=text, code=text)
        assert answer.status_code in {303, 400}
