"""Ways around the second factor, each of them tried by somebody who knows the password."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.mfa_world import (
    EMAIL,
    SMS_FACTOR,
    TOTP,
    Person,
    mfa_pool,
    person,
    set_mfa,
    with_phone,
)
from tests.idp.user_pools.operations.world import (
    World,
    at_once,
    attribute_list,
    new_email,
    outcome,
    refused,
)


@pytest.fixture
def ada(world: World) -> Person:
    """With an authenticator that she must use."""
    ada = person(mfa_pool(world, "OPTIONAL", TOTP, SMS_FACTOR))
    ada.enrol(ada.tokens()["AccessToken"])
    world.time.pass_by(minutes=2)
    return ada


@pytest.fixture
def texted(world: World) -> Person:
    """Who gets her codes by SMS."""
    return with_phone(mfa_pool(world, "ON", SMS_FACTOR, TOTP))


def sent(who: Person) -> str:
    return who.world.code(who.client.pool.attributes(who.username)["phone_number"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


# --- Codes are single-use ---------------------------------------------------------------------


def test_code_of_an_authenticator_is_taken_once(ada: Person) -> None:
    code = ada.code()
    ada.answer(ada.begin(), code)
    with refused("ExpiredCodeException", "already been used once"):
        ada.answer(ada.begin(), code)


def test_older_code_is_refused_after_a_newer_one(ada: Person) -> None:
    older, newer = ada.code(), ada.code(1)
    ada.answer(ada.begin(), newer)
    with refused("ExpiredCodeException"):
        ada.answer(ada.begin(), older)


def test_code_that_enrolled_the_authenticator_does_not_sign_in(world: World) -> None:
    ada = person(mfa_pool(world, "OPTIONAL", TOTP))
    ada.enrol(ada.tokens()["AccessToken"])
    with refused("ExpiredCodeException"):
        ada.answer(ada.begin(), ada.code())


def test_parallel_requests_take_a_code_once(ada: Person) -> None:
    posed, code = [ada.begin() for _ in range(6)], ada.code()
    outcomes = at_once(*[lambda each=each: ada.answer(each, code) for each in posed])
    assert outcomes.count("ok") == 1


def test_parallel_answers_of_one_session_sign_in_once(texted: Person) -> None:
    posed = texted.begin()
    code = sent(texted)
    outcomes = at_once(*[lambda: texted.answer(posed, code)] * 6)
    assert outcomes.count("ok") == 1


def test_answered_session_is_spent(ada: Person, texted: Person) -> None:
    posed = ada.begin()
    ada.answer(posed, ada.code())
    with refused("NotAuthorizedException", "once"):
        ada.answer(posed, ada.next_code())
    posed = texted.begin()
    texted.answer(posed, sent(texted))
    with refused("NotAuthorizedException", "once"):
        texted.answer(posed, sent(texted))


def test_sent_code_is_good_for_its_own_sign_in_only(texted: Person) -> None:
    first = texted.begin()
    texted.begin()
    with refused("CodeMismatchException"):
        texted.answer(first, sent(texted))


# --- Guessing is limited, however the guesses are spread ----------------------------------------


@pytest.mark.parametrize("fixture", ["ada", "texted"])
def test_wrong_codes_lock_across_sign_ins(fixture: str, request: pytest.FixtureRequest) -> None:
    who: Person = request.getfixturevalue(fixture)
    for _ in range(5):
        posed = who.begin()
        right = sent(who) if fixture == "texted" else who.code()
        with refused("CodeMismatchException"):
            who.answer(posed, wrong(right))
    with refused("NotAuthorizedException", "attempts exceeded"):
        who.answer(posed, right)
    with refused("NotAuthorizedException", "attempts exceeded"):
        who.begin()


def test_right_passwords_do_not_buy_new_guesses(ada: Person) -> None:
    """The count is forgotten when the sign-in is complete, not when its password was right."""
    for _ in range(5):
        posed = ada.begin()
        with refused("CodeMismatchException"):
            ada.answer(posed, wrong(ada.code()))
    ada.world.time.pass_by(seconds=2)
    posed = ada.begin()
    with refused("CodeMismatchException"):
        ada.answer(posed, wrong(ada.code()))
    with refused("NotAuthorizedException", "attempts exceeded"):
        ada.begin()


def test_parallel_sessions_do_not_buy_guesses(ada: Person) -> None:
    posed, guess = [ada.begin() for _ in range(20)], wrong(ada.code())
    outcomes = at_once(*[lambda each=each: ada.answer(each, guess) for each in posed])
    assert outcomes.count("CodeMismatchException") == 5
    assert outcomes.count("NotAuthorizedException") == 15


def test_used_code_counts_as_a_guess(ada: Person) -> None:
    code = ada.code()
    ada.answer(ada.begin(), code)
    posed = [ada.begin() for _ in range(6)]
    outcomes = [outcome(lambda each=each: ada.answer(each, code)) for each in posed]
    assert outcomes == ["ExpiredCodeException"] * 5 + ["NotAuthorizedException"]


def test_codes_are_not_sent_all_day(texted: Person) -> None:
    for _ in range(30):
        texted.begin()
    with refused("LimitExceededException"):
        texted.begin()
    texted.world.time.pass_by(hours=1)
    assert texted.begin()["ChallengeName"] == "SMS_MFA"


# --- Answering what was not posed --------------------------------------------------------------


def test_session_of_one_challenge_answers_no_other(texted: Person, ada: Person) -> None:
    by_sms, by_token = texted.begin()["Session"], ada.begin()["Session"]
    for name in ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SELECT_MFA_TYPE", "MFA_SETUP"):
        responses = {
            "SOFTWARE_TOKEN_MFA_CODE": "123456",
            "EMAIL_OTP_CODE": "1",
            "ANSWER": "SMS_MFA",
        }
        with refused("NotAuthorizedException", "Invalid session"):
            texted.respond(name, by_sms, **responses)
    for name in ("SMS_MFA", "NEW_PASSWORD_REQUIRED", "MFA_SETUP"):
        with refused("NotAuthorizedException", "Invalid session"):
            ada.respond(name, by_token, SMS_MFA_CODE="123456", NEW_PASSWORD="Other-horse-9")


def test_new_password_session_is_no_second_factor(world: World) -> None:
    pool = mfa_pool(world, "ON", SMS_FACTOR, TOTP)
    ada = with_phone(pool)
    pool.call("admin_set_user_password", Username=ada.username, Password="Temporary-1!")
    ada.password = "Temporary-1!"
    session = ada.begin()["Session"]
    for name in ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "MFA_SETUP"):
        with refused("NotAuthorizedException", "Invalid session"):
            ada.respond(name, session, SMS_MFA_CODE="0", SOFTWARE_TOKEN_MFA_CODE="0")


def test_spent_new_password_session_does_not_sign_in_again(world: World) -> None:
    pool = mfa_pool(world, "ON", SMS_FACTOR)
    ada = with_phone(pool)
    pool.call("admin_set_user_password", Username=ada.username, Password="Temporary-1!")
    ada.password = "Temporary-1!"
    session = ada.begin()["Session"]
    ada.respond("NEW_PASSWORD_REQUIRED", session, NEW_PASSWORD="Lasting-horse-8")
    with refused("NotAuthorizedException"):
        ada.respond("NEW_PASSWORD_REQUIRED", session, NEW_PASSWORD="Lasting-horse-9")


def test_session_is_bound_to_its_client(ada: Person) -> None:
    session = ada.begin()["Session"]
    elsewhere = Person(ada.client.pool.client(), ada.username, ada.password, ada.secret)
    with refused("NotAuthorizedException", "Invalid session"):
        elsewhere.respond("SOFTWARE_TOKEN_MFA", session, SOFTWARE_TOKEN_MFA_CODE=ada.code())


def test_set_up_session_is_bound_to_its_client(world: World) -> None:
    ada = person(mfa_pool(world, "ON", TOTP))
    session = ada.associate(Session=ada.begin()["Session"])["Session"]
    verified = ada.verify(ada.code(), Session=session)["Session"]
    elsewhere = Person(ada.client.pool.client(), ada.username)
    with refused("NotAuthorizedException", "Invalid session"):
        elsewhere.respond("MFA_SETUP", verified)


def test_session_of_another_user_signs_nobody_in(ada: Person) -> None:
    mallory = person(ada.client.pool, ada.client)
    mallory.enrol(mallory.tokens()["AccessToken"])
    session = ada.begin()["Session"]
    with refused("NotAuthorizedException", "Invalid session"):
        mallory.respond("SOFTWARE_TOKEN_MFA", session, SOFTWARE_TOKEN_MFA_CODE=mallory.next_code())
    with refused("CodeMismatchException"):
        ada.respond("SOFTWARE_TOKEN_MFA", session, SOFTWARE_TOKEN_MFA_CODE=mallory.code())


@pytest.mark.parametrize("session", ["", "x", "x" * 20, "x" * 4096])
def test_made_up_session_is_refused(ada: Person, session: str) -> None:
    assert outcome(
        lambda: ada.respond("SOFTWARE_TOKEN_MFA", session, SOFTWARE_TOKEN_MFA_CODE=ada.code())
    ) in {"NotAuthorizedException", "InvalidParameterException"}
    for call in (ada.associate, lambda **given: ada.verify("123456", **given)):
        refusal = outcome(lambda call=call: call(Session=session))
        assert refusal in {"NotAuthorizedException", "InvalidParameterException"}


@pytest.mark.parametrize("code", ["", " ", "٣٣٣٣٣٣", "1" * 10_000, "é", "null"])
def test_what_is_no_code_is_refused_and_no_error(ada: Person, texted: Person, code: str) -> None:
    for who in (ada, texted):
        refusal = outcome(lambda who=who: who.answer(who.begin(), code))
        assert refusal in {"CodeMismatchException", "InvalidParameterException"}


def test_old_session_expires(texted: Person) -> None:
    posed = texted.begin()
    code = sent(texted)
    texted.world.time.pass_by(minutes=3)
    with refused("NotAuthorizedException", "expired"):
        texted.answer(posed, code)


# --- What changes in between -------------------------------------------------------------------


def test_mfa_that_is_turned_on_in_between_is_asked_for(world: World) -> None:
    """The session was posed when a new password was all that stood before the tokens."""
    pool = world.pool()
    ada = with_phone(pool)
    pool.call("admin_set_user_password", Username=ada.username, Password="Temporary-1!")
    ada.password = "Temporary-1!"
    session = ada.begin()["Session"]
    set_mfa(pool, "ON", SMS_FACTOR)
    answer = ada.respond("NEW_PASSWORD_REQUIRED", session, NEW_PASSWORD="Lasting-horse-8")
    assert answer["ChallengeName"] == "SMS_MFA"
    assert "AuthenticationResult" not in answer


def test_disabled_user_does_not_finish(ada: Person) -> None:
    posed = ada.begin()
    ada.client.pool.call("admin_disable_user", Username=ada.username)
    with refused("NotAuthorizedException", "disabled"):
        ada.answer(posed, ada.code())


def test_temporary_password_ends_sign_ins_that_wait(ada: Person) -> None:
    posed = ada.begin()
    ada.client.pool.call("admin_set_user_password", Username=ada.username, Password="Temporary-1!")
    with refused("NotAuthorizedException", "Invalid session"):
        ada.answer(posed, ada.code())


def new_password(who: Person) -> None:
    """The person learns that somebody knows her password."""
    who.world.time.pass_by(seconds=1)
    password = "Quickly-changed-9"
    who.client.pool.call(
        "admin_set_user_password", Username=who.username, Password=password, Permanent=True
    )


def test_sign_in_that_began_with_an_older_password_ends(ada: Person, texted: Person) -> None:
    by_token, by_sms = ada.begin(), texted.begin()
    new_password(ada)
    new_password(texted)
    with refused("NotAuthorizedException", "Invalid session"):
        ada.answer(by_token, ada.code())
    with refused("NotAuthorizedException", "Invalid session"):
        texted.answer(by_sms, sent(texted))


def test_older_password_sets_nothing_up(new: Person) -> None:
    posed, kept = new.begin()["Session"], new.begin()["Session"]
    associated = new.associate(Session=posed)["Session"]
    emailed = new.respond("MFA_SETUP", kept, EMAIL="mallory@example.com")
    new_password(new)
    with refused("NotAuthorizedException", "Invalid session"):
        new.associate(Session=kept)
    with refused("NotAuthorizedException", "Invalid session"):
        new.verify(new.code(), Session=associated)
    with refused("NotAuthorizedException", "Invalid session"):
        new.respond("MFA_SETUP", kept, EMAIL="mallory@example.com")
    with refused("NotAuthorizedException", "Invalid session"):
        new.answer(emailed, new.world.code("mallory@example.com"))


def test_older_password_does_not_finish_a_set_up(new: Person) -> None:
    associated = new.associate(Session=new.begin()["Session"])["Session"]
    verified = new.verify(new.code(), Session=associated)["Session"]
    new_password(new)
    with refused("NotAuthorizedException", "Invalid session"):
        new.respond("MFA_SETUP", verified)


def test_older_temporary_password_is_not_replaced(world: World) -> None:
    pool = world.pool()
    ada = person(pool)
    pool.call("admin_set_user_password", Username=ada.username, Password="Temporary-1!")
    ada.password = "Temporary-1!"
    session = ada.begin()["Session"]
    world.time.pass_by(seconds=1)
    pool.call("admin_set_user_password", Username=ada.username, Password="Temporary-2!")
    with refused("NotAuthorizedException", "Invalid session"):
        ada.respond("NEW_PASSWORD_REQUIRED", session, NEW_PASSWORD="Lasting-horse-8")


def test_deleted_authenticator_answers_nothing(ada: Person) -> None:
    posed = ada.begin()
    ada.client.pool.call("admin_delete_software_token", Username=ada.username)
    with refused("CodeMismatchException"):
        ada.answer(posed, ada.code())


def test_authenticator_answers_nothing_after_the_pool_gave_it_up(ada: Person) -> None:
    posed = ada.begin()
    set_mfa(ada.client.pool, "ON", SMS_FACTOR)
    with refused("NotAuthorizedException", "Invalid session"):
        ada.answer(posed, ada.code())


# --- Setting up a factor in somebody else's place ----------------------------------------------


@pytest.fixture
def new(world: World) -> Person:
    """Who has yet to set up a factor."""
    return person(mfa_pool(world, "ON", TOTP, EMAIL))


def enrol_at_sign_in(who: Person) -> Any:
    session = who.associate(Session=who.begin()["Session"])["Session"]
    verified = who.verify(who.code(), Session=session)
    return who.respond("MFA_SETUP", verified["Session"])


def test_set_up_is_not_skipped(new: Person) -> None:
    posed = new.begin()["Session"]
    with refused("NotAuthorizedException", "Invalid session"):
        new.respond("MFA_SETUP", posed)
    associated = new.associate(Session=posed)["Session"]
    with refused("NotAuthorizedException", "Invalid session"):
        new.respond("MFA_SETUP", associated)
    with refused("NotAuthorizedException", "Invalid session"):
        new.verify(new.code(), Session=posed)


def test_verified_session_signs_in_once(new: Person) -> None:
    session = new.associate(Session=new.begin()["Session"])["Session"]
    verified = new.verify(new.code(), Session=session)["Session"]
    outcomes = at_once(*[lambda: new.respond("MFA_SETUP", verified)] * 4)
    assert outcomes.count("ok") == 1
    with refused("NotAuthorizedException"):
        new.verify(new.next_code(), Session=session)


def test_older_set_up_session_does_not_replace_an_authenticator(new: Person) -> None:
    """Somebody who knows the password kept a session from before the person enrolled."""
    mallory = Person(new.client, new.username)
    posed = mallory.begin()["Session"]
    associated = mallory.associate(Session=mallory.begin()["Session"])["Session"]
    emailed = mallory.respond("MFA_SETUP", posed, EMAIL="mallory@example.com")
    enrol_at_sign_in(new)
    with refused("NotAuthorizedException", "Invalid session"):
        mallory.associate(Session=posed)
    with refused("NotAuthorizedException", "Invalid session"):
        mallory.verify(mallory.code(), Session=associated)
    with refused("NotAuthorizedException", "Invalid session"):
        mallory.respond("MFA_SETUP", posed, EMAIL="mallory@example.com")
    with refused("NotAuthorizedException", "Invalid session"):
        mallory.answer(emailed, new.world.code("mallory@example.com"))
    assert "email" not in new.client.pool.attributes(new.username)
    assert new.described["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]


def test_parallel_set_ups_leave_one_authenticator(new: Person) -> None:
    people = [Person(new.client, new.username) for _ in range(4)]
    sessions = [each.associate(Session=each.begin()["Session"])["Session"] for each in people]

    def verify(each: Person, session: str) -> Any:
        return each.verify(each.code(), Session=session)

    outcomes = at_once(
        *[
            lambda each=each, session=session: verify(each, session)
            for each, session in zip(people, sessions, strict=True)
        ]
    )
    assert outcomes == ["NotAuthorizedException"] * 3 + ["ok"]


def test_set_up_session_is_void_once_the_user_has_a_phone(world: World) -> None:
    ada = person(mfa_pool(world, "ON", TOTP, SMS_FACTOR))
    posed = ada.begin()["Session"]
    ada.client.pool.call(
        "admin_update_user_attributes",
        Username=ada.username,
        UserAttributes=attribute_list({"phone_number": "+15550006666"}),
    )
    with refused("NotAuthorizedException", "Invalid session"):
        ada.associate(Session=posed)


def test_wrong_set_up_codes_lock(new: Person) -> None:
    session = new.associate(Session=new.begin()["Session"])["Session"]
    for _ in range(5):
        with refused("EnableSoftwareTokenMFAException"):
            new.verify(wrong(new.code()), Session=session)
    with refused("NotAuthorizedException", "attempts exceeded"):
        new.verify(new.code(), Session=session)


def test_verified_session_is_void_after_its_authenticator_is_deleted(new: Person) -> None:
    session = new.associate(Session=new.begin()["Session"])["Session"]
    verified = new.verify(new.code(), Session=session)["Session"]
    new.client.pool.call("admin_delete_software_token", Username=new.username)
    with refused("NotAuthorizedException", "Invalid session"):
        new.respond("MFA_SETUP", verified)


def test_address_of_another_user_is_not_taken_over(world: World) -> None:
    """Where e-mail addresses are aliases, the one who has it keeps it."""
    pool = mfa_pool(world, "ON", EMAIL, AliasAttributes=["email"])
    email = new_email()
    person(pool, email=email, email_verified="true")
    mallory = person(pool)
    asked = mallory.respond("MFA_SETUP", mallory.begin()["Session"], EMAIL=email)
    with refused("AliasExistsException"):
        mallory.answer(asked, world.code(email))


# --- Nothing is told before the password --------------------------------------------------------


def test_wrong_password_tells_nothing_of_mfa(ada: Person) -> None:
    ada.password = "Wrong-horse-8"
    with refused("NotAuthorizedException", "Incorrect username or password"):
        ada.begin()
    nobody = Person(ada.client, "nobody")
    with refused("UserNotFoundException"):
        nobody.begin()
