"""PreventUserExistenceErrors: with ENABLED, answers do not tell who exists."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import event

from tests.idp.user_pools.operations.world import AppClient, Pool, World, new_email, new_name

Case = tuple[AppClient, str, str]


@pytest.fixture(params=["email", "alias"])
def case(world: World, request: pytest.FixtureRequest) -> Case:
    """A client that hides who exists, the name of somebody, and the name of nobody."""
    by_email = request.param == "email"
    pool: Pool = world.email_pool() if by_email else world.alias_pool()
    present = new_email() if by_email else new_name()
    address = present if by_email else f"{present}@example.com"
    pool.create_user(present, email=address, email_verified="true")
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    return client, present, new_email() if by_email else new_name()


def answer(work: Any) -> tuple[Any, ...]:
    """Status, body and the names of headers, without what differs on each request."""
    try:
        response = work()
    except ClientError as error:
        response = error.response
    meta = response.pop("ResponseMetadata")
    names = sorted(meta["HTTPHeaders"])
    return meta["HTTPStatusCode"], response, names, meta["HTTPHeaders"].get("x-amzn-errortype")


def both(case: Case, operation: str, **request: Any) -> tuple[Any, ...]:
    """The answer, which is the same for somebody and for nobody."""
    client, present, missing = case
    mine = answer(lambda: client.call(operation, Username=present, **request))
    theirs = answer(lambda: client.call(operation, Username=missing, **request))
    assert mine == theirs
    return mine


def writes_of(world: World, work: Any) -> list[str]:
    """The kinds of statements that change something, in order."""
    found: list[str] = []

    def record(*arguments: Any) -> None:
        verb, *rest = arguments[2].split()
        if verb in {"INSERT", "UPDATE", "DELETE"}:
            found.append(f"{verb} {rest[1] if verb != 'UPDATE' else rest[0]}")

    engine = world.kernel.database.engine
    event.listen(engine, "before_cursor_execute", record)
    try:
        answer(work)
    finally:
        event.remove(engine, "before_cursor_execute", record)
    return found


def sign_in(client: AppClient, name: str) -> Any:
    return client.sign_in(name, "Wrong-horse-9")


def test_wrong_password_and_unknown_name_look_alike(world: World, case: Case) -> None:
    client, present, missing = case
    for _ in range(7):
        mine, theirs = (answer(lambda n=name: sign_in(client, n)) for name in (present, missing))
        assert mine == theirs
    assert mine[1]["Error"]["Message"] == "Password attempts exceeded"
    world.time.pass_by(minutes=31)
    writes = [writes_of(world, lambda n=name: sign_in(client, n)) for name in (present, missing)]
    assert writes[0] == writes[1]


def test_srp_challenge_of_nobody_is_stable_and_in_form(case: Case) -> None:
    client, present, missing = case

    def challenge(name: str) -> dict[str, str]:
        parameters = {"USERNAME": name, "SRP_A": "ab" * 384}
        found = client.call("initiate_auth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
        parameters = found["ChallengeParameters"]
        return dict(parameters)

    mine, theirs, again = challenge(present), challenge(missing), challenge(missing)
    assert set(mine) == set(theirs)
    for name in ("SALT", "USERNAME", "USER_ID_FOR_SRP"):
        assert theirs[name] == again[name]
    assert theirs["SRP_B"] != again["SRP_B"]
    assert len(mine["SECRET_BLOCK"]) == pytest.approx(len(theirs["SECRET_BLOCK"]), abs=80)
    assert (mine["USERNAME"] == present) == (theirs["USERNAME"] == missing)


def test_forgotten_password_of_nobody_goes_somewhere(world: World, case: Case) -> None:
    client, present, missing = case
    for _ in range(5):
        mine = answer(lambda: client.call("forgot_password", Username=present))
        theirs = answer(lambda: client.call("forgot_password", Username=missing))
        assert mine[0] == theirs[0] == 200
        for details in (mine[1]["CodeDeliveryDetails"], theirs[1]["CodeDeliveryDetails"]):
            assert details["DeliveryMedium"] == "EMAIL"
            assert details["AttributeName"] == "email"
            first, at, domain = details["Destination"].partition("@")
            assert (first[1:], at, domain[1:]) == ("***", "@", "***")
        assert mine[2] == theirs[2]
    assert both(case, "forgot_password")[1]["Error"]["Code"] == "LimitExceededException"
    world.code(present if "@" in present else f"{present}@example.com", of=5)


def test_destination_of_nobody_is_stable_and_knows_no_case(world: World) -> None:
    pool = world.email_pool(UsernameConfiguration={"CaseSensitive": False})
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    pool.create_user("jane@example.com", email_verified="true")
    seen = []
    for name in ("JANE@EXAMPLE.COM", "JACK@EXAMPLE.COM", "jack@example.com"):
        seen.append(client.call("forgot_password", Username=name)["CodeDeliveryDetails"])
    assert seen[0] == seen[1] == seen[2]


def test_reset_codes_are_refused_alike_for_long(world: World, case: Case) -> None:
    """Before a code was sent, while it is good, when there were too many, and when it is old."""
    request = {"ConfirmationCode": "000000", "Password": "Another-horse-8"}
    client, present, missing = case
    for _ in range(3):
        both(case, "confirm_forgot_password", **request)
    for name in (present, missing):
        client.call("forgot_password", Username=name)
    seen = [both(case, "confirm_forgot_password", **request)[3] for _ in range(8)]
    assert seen == ["CodeMismatchException"] * 7 + ["LimitExceededException"]
    for minutes in (50, 9, 1, 61):
        world.time.pass_by(minutes=minutes)
        both(case, "confirm_forgot_password", **request)
    kinds = [
        set(
            writes_of(
                world,
                lambda n=name: client.call("confirm_forgot_password", Username=n, **request),
            )
        )
        for name in (present, missing)
    ]
    assert kinds[0] == kinds[1]


def test_confirmation_codes_are_refused_alike(world: World, case: Case) -> None:
    seen = [both(case, "confirm_sign_up", ConfirmationCode="000000")[3] for _ in range(16)]
    assert seen == ["CodeMismatchException"] * 15 + ["LimitExceededException"]


def test_unconfirmed_user_is_refused_as_nobody_is(world: World) -> None:
    client = world.email_pool().client(PreventUserExistenceErrors="ENABLED")
    present = new_email()
    client.sign_up(present)
    case = (client, present, new_email())
    wrong = "000000" if world.code(present) != "000000" else "000001"
    for _ in range(3):
        both(case, "confirm_sign_up", ConfirmationCode=wrong)
    world.time.pass_by(hours=25)
    for _ in range(17):
        both(case, "confirm_sign_up", ConfirmationCode=wrong)


def test_resent_code_looks_alike(case: Case) -> None:
    """The user is confirmed already, so that neither gets a message."""
    client, present, missing = case
    answers = [
        answer(lambda n=name: client.call("resend_confirmation_code", Username=n))
        for name in (present, missing)
    ]
    assert answers[0][0] == answers[1][0] == 200
    assert answers[0][2] == answers[1][2]


@pytest.mark.parametrize("state", ["disabled", "invited", "unverified"])
def test_other_states_do_not_show_before_the_password(world: World, state: str) -> None:
    pool, present = world.email_pool(), new_email()
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    verified = {} if state == "unverified" else {"email_verified": "true"}
    if state == "invited":
        pool.call("admin_create_user", Username=present, MessageAction="SUPPRESS")
    else:
        pool.create_user(present, email=present, **verified)
    if state == "disabled":
        pool.call("admin_disable_user", Username=present)
    case = (client, present, new_email())
    both(case, "forgot_password")
    both(case, "confirm_forgot_password", ConfirmationCode="000000", Password="Another-horse-8")
    answers = [answer(lambda n=name: sign_in(client, n)) for name in case[1:]]
    assert answers[0] == answers[1]
    assert world.messages(present) == []


def test_slow_message_trigger_does_not_tell_who_exists(world: World) -> None:
    slow = world.function("slow_words", "import time\ntime.sleep(2)")
    pool = world.email_pool(LambdaConfig={"CustomMessage": slow})
    client, present = pool.client(PreventUserExistenceErrors="ENABLED"), new_email()
    pool.create_user(present, email=present, email_verified="true")
    before = len(world.messages())
    client.call("forgot_password", Username=present)
    assert len(world.messages()) == before, "the answer did not wait for the function"
    world.code(present)


def test_failing_message_trigger_does_not_tell_who_exists(world: World) -> None:
    broken = world.function("broken_words", "raise Exception('no words')")
    pool = world.email_pool(LambdaConfig={"CustomMessage": broken})
    client, present = pool.client(PreventUserExistenceErrors="ENABLED"), new_email()
    pool.create_user(present, email=present, email_verified="true")
    both((client, present, "p" + new_email()[1:]), "forgot_password")
