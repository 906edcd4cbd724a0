"""The history of users' events, and verdicts on them by administrators and by users."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Dialect, func, select

from idp import cleanup
from idp.models import AuthEvent
from idp.user_pools.services.threats import events as event_service
from kernel.statements import Compiled, Prepared
from tests.idp.user_pools.operations.srp_exchange import Exchange
from tests.idp.user_pools.operations.statements import recorded
from tests.idp.user_pools.operations.watched import (
    ELSEWHERE,
    HOME,
    LAPTOP,
    PHONE,
    Watched,
    wait_for,
    watch,
)
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    World,
    at_once,
    new_email,
    new_name,
    refused,
)


@pytest.fixture
def watched(world: World) -> Watched:
    return watch(world)


def pass_a_second(world: World) -> None:
    world.time.pass_by(seconds=1)


def answers(event: dict[str, Any]) -> dict[str, str]:
    return {
        each["ChallengeName"]: each["ChallengeResponse"] for each in event["ChallengeResponses"]
    }


def test_a_sign_in_is_one_event_with_what_was_seen(watched: Watched) -> None:
    watched.sign_in()
    [event] = watched.events()
    assert event["EventType"] == "SignIn"
    assert event["EventResponse"] == "Pass"
    assert event["EventRisk"] == {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False}
    assert answers(event) == {"Password": "Success"}
    assert event["EventContextData"] == {"IpAddress": HOME, "DeviceName": "Firefox 130, Linux"}
    assert event["CreationDate"].timestamp() == watched.world.time.now
    assert "EventFeedback" not in event


def test_an_srp_sign_in_is_one_event(watched: Watched) -> None:
    Exchange(watched.app, "ada@example.com").respond()
    [event] = watched.events()
    assert (event["EventResponse"], answers(event)) == ("Pass", {"Password": "Success"})


def test_a_wrong_password_is_a_failed_event(watched: Watched) -> None:
    with refused("NotAuthorizedException"):
        watched.sign_in(password="Wrong-horse-1")
    [event] = watched.events()
    assert (event["EventResponse"], answers(event)) == ("Fail", {"Password": "Failure"})


def test_a_challenge_keeps_its_event_open_until_it_is_answered(watched: Watched) -> None:
    email = new_email()
    watched.pool.call(
        "admin_create_user", Username=email, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    session = watched.app.sign_in(email)["Session"]
    watched.app.call(
        "respond_to_auth_challenge",
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": "Another-horse-8"},
    )
    [event] = watched.events(email)
    assert event["EventResponse"] == "Pass"


def test_signing_up_and_resending_are_events(watched: Watched) -> None:
    email = new_email()
    watched.app.sign_up(email)
    assert [(e["EventType"], e["EventResponse"]) for e in watched.events(email)] == [
        ("SignUp", "InProgress")
    ]
    pass_a_second(watched.world)
    watched.app.call("resend_confirmation_code", Username=email)
    assert watched.events(email)[0]["EventType"] == "ResendCode"
    code = watched.world.code(email, of=2)
    watched.app.call("confirm_sign_up", Username=email, ConfirmationCode=code)
    assert [(e["EventType"], e["EventResponse"]) for e in watched.events(email)] == [
        ("ResendCode", "Pass"),
        ("SignUp", "Pass"),
    ]


def test_an_administrator_who_confirms_a_sign_up_ends_its_event(watched: Watched) -> None:
    email = new_email()
    watched.app.sign_up(email)
    watched.pool.call("admin_confirm_sign_up", Username=email)
    assert watched.events(email)[0]["EventResponse"] == "Pass"


def test_resetting_and_changing_a_password_are_events(world: World) -> None:
    email = new_email()
    watched = watch(world, email=email)
    watched.app.call("forgot_password", Username=email)
    pass_a_second(world)
    code = wait_for(lambda: world.messages(email))[-1]["code"]
    given = {"Username": email, "ConfirmationCode": code, "Password": "Another-horse-8"}
    watched.app.call("confirm_forgot_password", **given)
    assert [(e["EventType"], e["EventResponse"]) for e in watched.events(email)] == [
        ("PasswordChange", "Pass"),
        ("ForgotPassword", "Pass"),
    ]
    token = watched.app.tokens(email, "Another-horse-8")["AccessToken"]
    for previous, response in (("Wrong-horse-1", "Fail"), ("Another-horse-8", "Pass")):
        pass_a_second(world)
        change = {"PreviousPassword": previous, "ProposedPassword": PASSWORD}
        if response == "Fail":
            with refused("NotAuthorizedException"):
                world.public.change_password(AccessToken=token, **change)
        else:
            world.public.change_password(AccessToken=token, **change)
        event = watched.events(email)[0]
        assert (event["EventType"], event["EventResponse"]) == ("PasswordChange", response)


def test_events_are_paged_the_newest_first(watched: Watched) -> None:
    for _ in range(5):
        watched.sign_in()
    paginator = watched.world.admin.get_paginator("admin_list_user_auth_events")
    pages = [
        page["AuthEvents"]
        for page in paginator.paginate(
            UserPoolId=watched.pool.id,
            Username="ada@example.com",
            PaginationConfig={"PageSize": 2},
        )
    ]
    assert [len(page) for page in pages] == [2, 2, 1]
    listed = [event for page in pages for event in page]
    assert listed == watched.events()
    dates = [event["CreationDate"] for event in listed]
    assert dates == sorted(dates, reverse=True)


def test_a_page_token_is_good_for_its_user_alone(watched: Watched) -> None:
    other = new_email()
    watched.pool.create_user(other, email=other)
    for _ in range(2):
        watched.sign_in()
    given = {"Username": "ada@example.com", "MaxResults": 1}
    token = watched.pool.call("admin_list_user_auth_events", **given)["NextToken"]
    for name, forged in ((other, token), ("ada@example.com", token[:-2] + "AA")):
        with refused("InvalidParameterException"):
            watched.pool.call("admin_list_user_auth_events", Username=name, NextToken=forged)


def test_events_of_a_missing_user_and_of_an_unwatched_pool_are_refused(
    world: World, watched: Watched
) -> None:
    with refused("UserNotFoundException"):
        watched.events(new_email())
    pool, name = world.pool(), new_name()
    pool.create_user(name)
    with refused("UserPoolAddOnNotEnabledException"):
        pool.call("admin_list_user_auth_events", Username=name)


def test_events_are_kept_for_two_years(world: World, watched: Watched) -> None:
    watched.sign_in()
    world.time.pass_days(event_service.KEPT.days - 1)
    cleanup.sweep(world.kernel)
    assert len(watched.events()) == 1
    world.time.pass_days(2)
    cleanup.sweep(world.kernel)
    assert watched.events() == []


def test_a_deleted_user_leaves_no_events(world: World, watched: Watched) -> None:
    watched.sign_in()
    user_id = watched.pool.attributes("ada@example.com")["sub"]
    watched.pool.call("admin_delete_user", Username="ada@example.com")
    count = select(func.count()).where(AuthEvent.user_id == user_id)
    assert world.kernel.database.read(lambda session: session.scalar(count)) == 0


# --- Verdicts ----------------------------------------------------------------------------------


def judge(watched: Watched, event: dict[str, Any], value: str) -> None:
    watched.pool.call(
        "admin_update_auth_event_feedback",
        Username="ada@example.com",
        EventId=event["EventId"],
        FeedbackValue=value,
    )


def test_an_administrators_verdict_is_kept_and_may_change(watched: Watched) -> None:
    watched.sign_in()
    for value in ("Valid", "Invalid"):
        judge(watched, watched.events()[0], value)
        given = watched.events()[0]["EventFeedback"]
        assert (given["FeedbackValue"], given["Provider"]) == (value, "Admin")
        assert given["FeedbackDate"].timestamp() == watched.world.time.now


def test_a_valid_verdict_makes_a_blocked_device_familiar(watched: Watched) -> None:
    watched.react(Low="BLOCK")
    watched.sign_in()
    with refused("NotAuthorizedException"):
        watched.sign_in(agent=PHONE)
    judge(watched, watched.events()[0], "Valid")
    assert watched.sign_in(agent=PHONE)["AuthenticationResult"]


def test_an_invalid_verdict_raises_later_scores(watched: Watched) -> None:
    watched.sign_in()
    watched.sign_in(ELSEWHERE, PHONE)
    assert watched.events()[0]["EventRisk"]["RiskLevel"] == "Low"
    judge(watched, watched.events()[0], "Invalid")
    watched.sign_in(ELSEWHERE, PHONE)
    assert watched.events()[0]["EventRisk"]["RiskLevel"] == "High"
    watched.sign_in(HOME, LAPTOP)
    assert watched.events()[0]["EventRisk"]["RiskDecision"] == "NoRisk"


def test_a_verdict_needs_an_event_of_that_user(watched: Watched) -> None:
    other = new_email()
    watched.pool.create_user(other, email=other)
    watched.sign_in(username=other)
    for event in (watched.events(other)[0], {"EventId": "11111111-1111-4111-8111-111111111111"}):
        with refused("ResourceNotFoundException"):
            judge(watched, event, "Invalid")
    with refused("InvalidParameterException"):
        judge(watched, watched.events(other)[0], "Perhaps")


@pytest.fixture
def told(world: World) -> tuple[Watched, dict[str, str]]:
    """A user who got a mail about a new device, and the request that answers it."""
    email = new_email()
    watched = watch(world, email=email)
    template = {"Subject": "s", "TextBody": "{event-id} {feedback-token}"}
    watched.configure(
        AccountTakeoverRiskConfiguration={
            "NotifyConfiguration": {
                "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
                "NoActionEmail": template,
            },
            "Actions": {"LowAction": {"Notify": True, "EventAction": "NO_ACTION"}},
        }
    )
    watched.sign_in(username=email)
    watched.sign_in(agent=PHONE, username=email)
    event, token = watched.mail(email)["body"].split()
    return watched, {
        "UserPoolId": watched.pool.id,
        "Username": email,
        "EventId": event,
        "FeedbackToken": token,
    }


Told = tuple[Watched, dict[str, str]]


def test_a_user_answers_with_the_token_of_the_mail_once(told: Told) -> None:
    watched, request = told
    public = watched.world.public
    public.update_auth_event_feedback(**request, FeedbackValue="Invalid")
    given = watched.events(request["Username"])[0]["EventFeedback"]
    assert (given["FeedbackValue"], given["Provider"]) == ("Invalid", "User")
    with refused("NotAuthorizedException"):
        public.update_auth_event_feedback(**request, FeedbackValue="Valid")


def test_answers_at_the_same_time_are_one(told: Told) -> None:
    watched, request = told

    def answer() -> Any:
        return watched.world.public.update_auth_event_feedback(**request, FeedbackValue="Valid")

    assert at_once(*[answer] * 5) == ["NotAuthorizedException"] * 4 + ["ok"]


def test_a_token_is_good_for_its_event_user_and_time_alone(told: Told) -> None:
    watched, request = told
    public, email = watched.world.public, request["Username"]
    earlier = watched.events(email)[1]["EventId"]
    watched.pool.create_user("bea@example.com", email="bea@example.com")
    altered = re.sub(r".{6}$", "AAAAAA", request["FeedbackToken"])
    for change in (
        {"EventId": earlier},
        {"Username": "bea@example.com"},
        {"Username": new_email()},
        {"FeedbackToken": altered},
        {"FeedbackToken": "x"},
    ):
        with refused("NotAuthorizedException", "Invalid feedback token."):
            public.update_auth_event_feedback(**{**request, **change}, FeedbackValue="Valid")
    watched.world.time.pass_days(8)
    with refused("NotAuthorizedException", "expired"):
        public.update_auth_event_feedback(**request, FeedbackValue="Valid")


def test_feedback_needs_threat_protection_to_be_on(world: World, told: Told) -> None:
    _, request = told
    pool, name = world.pool(), new_name()
    pool.create_user(name)
    given = {**request, "UserPoolId": pool.id, "Username": name, "FeedbackValue": "Valid"}
    with refused("UserPoolAddOnNotEnabledException"):
        world.public.update_auth_event_feedback(**given)
    token = given.pop("FeedbackToken")
    assert token
    with refused("UserPoolAddOnNotEnabledException"):
        world.admin.admin_update_auth_event_feedback(**given)


def test_a_missing_user_costs_as_many_statements_as_a_wrong_password(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = watch(world)
    client = watched.pool.client(PreventUserExistenceErrors="ENABLED")
    used: list[str] = []
    on = Prepared.on

    def listening(statement: Prepared, dialect: Dialect) -> Compiled:
        used.append(on(statement, dialect).sql.split()[0])
        return on(statement, dialect)

    with refused("NotAuthorizedException"):
        client.sign_in(new_email(), "Wrong-horse-1")  # what is kept in memory is read now
    monkeypatch.setattr(Prepared, "on", listening)
    kinds = []
    for name in ("ada@example.com", new_email()):
        used.clear()
        for _ in range(2):
            with recorded(world) as statements, refused("NotAuthorizedException"):
                client.sign_in(name, "Wrong-horse-1")
            used += [text.split()[0] for text, _ in statements]
        kinds.append(sorted("WRITE" if v in {"INSERT", "UPDATE"} else v for v in used))
    assert kinds[0] == kinds[1]
    assert "WRITE" in kinds[0]
