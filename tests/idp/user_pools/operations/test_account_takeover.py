"""Risky sign-ins are blocked, sent to a second factor or told of, as the pool says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from idp.user_pools.services import lockout
from idp.user_pools.services.sign_in import risk as sign_in_risk
from idp.user_pools.services.sign_in import second_factor
from idp.user_pools.services.sign_in.risk import Decision
from idp.user_pools.services.threats import assessment
from tests.idp.user_pools.operations import addresses
from tests.idp.user_pools.operations.srp_exchange import Exchange
from tests.idp.user_pools.operations.watched import (
    ELSEWHERE,
    HOME,
    LAPTOP,
    PHONE,
    Watched,
    encoded,
    links,
    wait_for,
    watch,
)
from tests.idp.user_pools.operations.world import (
    FLOWS,
    PASSWORD,
    AppClient,
    World,
    new_email,
    refused,
)

SECURITY = "Unable to login because of security reasons."


@pytest.fixture
def with_places(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HOME is in Berlin, ELSEWHERE in Tokyo."""
    path = addresses.write(
        tmp_path / "city.mmdb",
        {
            "192.0.2.0/24": addresses.city("DE", "Berlin", 52.5, 13.4),
            "198.51.100.0/24": addresses.city("JP", "Tokyo", 35.7, 139.7),
        },
    )
    changed = replace(world.kernel.settings, address_database=path)
    monkeypatch.setitem(world.kernel.__dict__, "settings", changed)


def level(watched: Watched) -> str:
    return str(watched.events()[0]["EventRisk"].get("RiskLevel", ""))


def test_a_first_sign_in_has_no_risk(world: World) -> None:
    watched = watch(world)
    watched.react(Low="BLOCK", Medium="BLOCK", High="BLOCK")
    assert watched.sign_in()["AuthenticationResult"]
    assert watched.events()[0]["EventRisk"]["RiskDecision"] == "NoRisk"


def test_a_new_device_is_a_low_risk_until_it_is_known(world: World) -> None:
    watched = watch(world)
    watched.sign_in()
    watched.sign_in(agent=PHONE)
    assert level(watched) == "Low"
    watched.sign_in(agent=PHONE)
    assert level(watched) == ""


def test_a_blocked_sign_in_looks_like_a_refusal_and_is_an_event(world: World) -> None:
    watched = watch(world)
    watched.react(Low="BLOCK")
    watched.sign_in()
    with refused("NotAuthorizedException", SECURITY):
        watched.sign_in(agent=PHONE)
    event = watched.events()[0]
    assert event["EventResponse"] == "Fail"
    assert event["EventRisk"]["RiskDecision"] == "Block"
    assert event["EventRisk"]["RiskLevel"] == "Low"
    assert watched.sign_in()["AuthenticationResult"]


def test_a_blocked_device_does_not_become_known_by_trying_again(world: World) -> None:
    watched = watch(world)
    watched.react(Low="BLOCK")
    watched.sign_in()
    for _ in range(3):
        with refused("NotAuthorizedException", SECURITY):
            watched.sign_in(agent=PHONE)


def test_srp_sign_ins_are_assessed_as_well(world: World) -> None:
    watched = watch(world)
    watched.react(Low="BLOCK")
    watched.sign_in()  # on a laptop; this client's own User-Agent is another one
    with refused("NotAuthorizedException", SECURITY):
        Exchange(watched.app, "ada@example.com").respond()


def test_audit_records_and_never_blocks(world: World) -> None:
    watched = watch(world, "AUDIT")
    watched.react(notify=True, Low="BLOCK", Medium="BLOCK", High="BLOCK")
    before = len(world.messages())
    watched.sign_in()
    assert watched.sign_in(ELSEWHERE, PHONE)["AuthenticationResult"]
    event = watched.events()[0]
    assert (event["EventResponse"], event["EventRisk"]["RiskDecision"]) == (
        "Pass",
        "AccountTakeover",
    )
    assert len(world.messages()) == before


def test_a_new_country_and_an_impossible_journey_are_a_high_risk(
    world: World, with_places: None
) -> None:
    watched = watch(world)
    watched.react(High="BLOCK")
    watched.sign_in()
    world.time.pass_by(hours=1)
    with refused("NotAuthorizedException", SECURITY):
        watched.sign_in(ELSEWHERE)
    event = watched.events()[0]
    assert event["EventRisk"]["RiskLevel"] == "High"
    assert event["EventContextData"]["City"] == "Tokyo"
    assert event["EventContextData"]["Country"] == "Land of JP"


def test_a_journey_that_takes_its_time_is_a_lower_risk(world: World, with_places: None) -> None:
    watched = watch(world)
    watched.sign_in()
    world.time.pass_days(2)
    watched.sign_in(ELSEWHERE)
    assert level(watched) == "Low"


def test_a_database_that_cannot_be_read_knows_no_places(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.mmdb").write_bytes(b"no database")
    for name in ("broken.mmdb", "missing.mmdb"):
        changed = replace(world.kernel.settings, address_database=tmp_path / name)
        monkeypatch.setitem(world.kernel.__dict__, "settings", changed)
        watched = watch(world)
        assert watched.sign_in()["AuthenticationResult"]


def test_failures_of_the_user_raise_the_risk(world: World) -> None:
    watched = watch(world)
    watched.sign_in()
    for _ in range(4):
        with refused("NotAuthorizedException"):
            watched.sign_in(password="Wrong-horse-1")
    watched.sign_in(agent=PHONE)
    assert level(watched) == "Low"
    for _ in range(4):
        with refused("NotAuthorizedException"):
            watched.sign_in(password="Wrong-horse-1")
    watched.sign_in("203.0.113.7", PHONE.replace("Android", "iPhone"))
    assert level(watched) == "Medium"


def test_a_burst_of_failures_from_an_address_raises_the_risk_of_everybody_there(
    world: World,
) -> None:
    watched = watch(world)
    watched.react(Medium="BLOCK")
    watched.sign_in()
    for _ in range(50):
        with refused("UserNotFoundException"):
            watched.sign_in(ELSEWHERE, username=new_email())
    with refused("NotAuthorizedException", SECURITY):
        watched.sign_in(ELSEWHERE)
    world.time.pass_by(hours=1)
    assert watched.sign_in(ELSEWHERE)["AuthenticationResult"]


def test_failures_do_not_crowd_out_what_is_known(world: World) -> None:
    """An attacker who fails often enough would otherwise make a user look new."""
    watched = watch(world)
    watched.react(Low="BLOCK")
    watched.sign_in()
    for _ in range(15):
        for _ in range(4):
            with refused("NotAuthorizedException"):
                watched.sign_in(ELSEWHERE, PHONE, password="Wrong-horse-1")
        world.time.pass_by(hours=2)
    with refused("NotAuthorizedException", SECURITY):
        watched.sign_in(agent=PHONE)


@pytest.mark.parametrize(
    ("action", "decision"),
    [
        ("MFA_IF_CONFIGURED", Decision.SECOND_FACTOR_IF_CONFIGURED),
        ("MFA_REQUIRED", Decision.SECOND_FACTOR),
        ("NO_ACTION", Decision.ALLOW),
    ],
)
def test_the_second_factor_hears_of_the_decision(
    world: World, monkeypatch: pytest.MonkeyPatch, action: str, decision: Decision
) -> None:
    heard: list[Decision] = []
    assess = sign_in_risk.assess

    def listening(*arguments):  # type: ignore[no-untyped-def]
        heard.append(assess(*arguments))
        return heard[-1]

    monkeypatch.setattr("idp.user_pools.services.sign_in.proven.risk.assess", listening)
    monkeypatch.setattr(second_factor, "pose", lambda *_: None)
    watched = watch(world)
    watched.react(Low=action)
    watched.sign_in()
    watched.sign_in(agent=PHONE)
    assert heard == [Decision.ALLOW, decision]


# --- Always blocked, never assessed ------------------------------------------------------------


def blocking(world: World, mode: str = "ENFORCED") -> Watched:
    watched = watch(world, mode)
    lists = {"BlockedIPRangeList": [f"{ELSEWHERE}/32"], "SkippedIPRangeList": ["203.0.113.0/24"]}
    watched.configure(
        RiskExceptionConfiguration=lists,
        AccountTakeoverRiskConfiguration={
            "Actions": {"LowAction": {"Notify": False, "EventAction": "BLOCK"}}
        },
    )
    return watched


def test_a_blocked_address_is_blocked_whoever_is_meant_and_whatever_the_password(
    world: World,
) -> None:
    watched = blocking(world)
    for username in ("ada@example.com", new_email()):
        for password in (PASSWORD, "Wrong-horse-1"):
            with refused("NotAuthorizedException", SECURITY):
                watched.sign_in(ELSEWHERE, username=username, password=password)
    assert watched.events() == []


def test_an_ipv4_address_cannot_hide_in_an_ipv6_one(world: World) -> None:
    watched = blocking(world)
    with refused("NotAuthorizedException", SECURITY):
        watched.sign_in(f"::ffff:{ELSEWHERE}")


def test_audit_lets_a_blocked_address_pass(world: World) -> None:
    assert blocking(world, "AUDIT").sign_in(ELSEWHERE)["AuthenticationResult"]


def test_a_skipped_address_is_never_assessed(world: World) -> None:
    watched = blocking(world)
    watched.sign_in()
    assert watched.sign_in("203.0.113.9", PHONE)["AuthenticationResult"]
    assert watched.events()[0]["EventRisk"]["RiskDecision"] == "NoRisk"


def test_a_blocked_address_cannot_sign_up_or_reset_a_password(world: World) -> None:
    watched = watch(world)
    watched.configure(RiskExceptionConfiguration={"BlockedIPRangeList": ["127.0.0.0/8"]})
    with refused("NotAuthorizedException", SECURITY):
        watched.app.sign_up(new_email())
    code = {"Username": "ada@example.com", "ConfirmationCode": "123456"}
    for operation, request in (
        ("forgot_password", {"Username": "ada@example.com"}),
        ("confirm_forgot_password", {**code, "Password": "Another-horse-8"}),
        ("confirm_sign_up", code),
        ("resend_confirmation_code", {"Username": "ada@example.com"}),
        ("forgot_password", {"Username": new_email()}),
    ):
        with refused("NotAuthorizedException", SECURITY):
            watched.app.call(operation, **request)


def test_a_reset_from_a_risky_place_is_blocked_although_the_code_is_right(world: World) -> None:
    watched = watch(world)
    watched.react(Low="BLOCK")
    watched.sign_in()
    world.time.pass_by(seconds=1)
    watched.app.call("forgot_password", Username="ada@example.com")
    world.time.pass_by(seconds=1)
    code = wait_for(lambda: world.messages("ada@example.com"))[-1]["code"]
    with refused("NotAuthorizedException", SECURITY):
        watched.app.call(
            "confirm_forgot_password",
            Username="ada@example.com",
            ConfirmationCode=code,
            Password="Another-horse-8",
        )
    event = watched.events()[0]
    assert (event["EventType"], event["EventRisk"]["RiskDecision"]) == ("PasswordChange", "Block")
    assert watched.sign_in()["AuthenticationResult"]


def test_a_block_tells_nothing_during_a_lock_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parallel guesses lock the user out while a right one is assessed: it looks as they do."""
    watched = watch(world)
    watched.react(Low="BLOCK")
    watched.sign_in()
    user_id = watched.pool.attributes("ada@example.com")["sub"]
    assess = assessment.assess

    def meanwhile(*arguments):  # type: ignore[no-untyped-def]
        now = world.kernel.clock.now()
        for _ in range(5):
            world.kernel.database.write(lockout.record_failure, watched.pool.id, user_id, now)
        return assess(*arguments)

    monkeypatch.setattr(assessment, "assess", meanwhile)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        watched.sign_in(agent=PHONE)


# --- What clients say of the person ------------------------------------------------------------


def confidential(watched: Watched, *, propagates: bool) -> AppClient:
    return watched.pool.client(
        GenerateSecret=True,
        ExplicitAuthFlows=FLOWS,
        EnablePropagateAdditionalUserContextData=propagates,
    )


@pytest.mark.parametrize(("propagates", "address"), [(True, HOME), (False, "127.0.0.1")])
def test_an_address_is_believed_of_a_client_that_may_say_it(
    world: World, propagates: bool, address: str
) -> None:
    watched = watch(world)
    app = confidential(watched, propagates=propagates)
    app.sign_in("ada@example.com", UserContextData={"IpAddress": HOME})
    assert watched.events()[0]["EventContextData"]["IpAddress"] == address


def test_a_public_client_cannot_say_its_way_around_a_blocked_address(world: World) -> None:
    watched = watch(world)
    watched.configure(RiskExceptionConfiguration={"BlockedIPRangeList": ["127.0.0.0/8"]})
    with refused("NotAuthorizedException", SECURITY):
        watched.app.sign_in("ada@example.com", UserContextData={"IpAddress": HOME})
    with refused("InvalidParameterException"):
        watched.pool.client(EnablePropagateAdditionalUserContextData=True)


def test_an_address_that_is_none_is_refused(world: World) -> None:
    watched = watch(world)
    for address in ("home", "192.0.2.1:80", ""):
        with refused("InvalidParameterException"):
            watched.sign_in(address)


def test_a_device_is_known_by_what_the_client_library_says(world: World) -> None:
    watched = watch(world)
    watched.react(Low="BLOCK")
    device = encoded(DeviceId="d-1", DeviceName="Ada's laptop", ClientTimezone="+02:00")
    watched.sign_in(EncodedData=device)
    shown = watched.events()[0]["EventContextData"]
    assert (shown["DeviceName"], shown["Timezone"]) == ("Ada's laptop", "+02:00")
    assert watched.sign_in(agent=LAPTOP + " (updated)", EncodedData=device)["AuthenticationResult"]
    with refused("NotAuthorizedException", SECURITY):
        watched.sign_in(EncodedData=encoded(DeviceId="d-2"))


def test_encoded_data_that_is_none_is_ignored(world: World) -> None:
    watched = watch(world)
    for data in ("x", "A" * 100_000, encoded(DeviceId="")):
        assert watched.sign_in(EncodedData=data)["AuthenticationResult"]


# --- Notifications -----------------------------------------------------------------------------


def test_a_user_is_told_with_the_pools_own_words(world: World, with_places: None) -> None:
    email = new_email()
    watched = watch(world, email=email)
    template = {
        "Subject": "Blocked for {username}",
        "HtmlBody": "<p>{username} {ip-address} {city} {country} {device-name} {login-time}</p>",
        "TextBody": "{ip-address} {event-id} {feedback-token} {unknown}",
    }
    watched.configure(
        AccountTakeoverRiskConfiguration={
            "NotifyConfiguration": {
                "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
                "BlockEmail": template,
            },
            "Actions": {"LowAction": {"Notify": True, "EventAction": "BLOCK"}},
        }
    )
    watched.sign_in(username=email)
    with refused("NotAuthorizedException", SECURITY):
        watched.sign_in(agent=PHONE, username=email)
    mail = watched.mail(email)
    username = watched.pool.call("admin_get_user", Username=email)["Username"]
    assert mail["subject"] == f"Blocked for {username}"
    assert mail["body"].startswith(f"{HOME} {watched.events(email)[0]['EventId']} ")
    assert mail["body"].endswith(" {unknown}")


@pytest.mark.parametrize("action", ["NO_ACTION", "MFA_IF_CONFIGURED", "BLOCK"])
def test_a_user_is_told_in_plain_words_where_there_is_no_template(
    world: World, action: str
) -> None:
    email = new_email()
    watched = watch(world, email=email)
    watched.react(notify=True, Low=action)
    watched.sign_in(username=email)
    try:
        watched.sign_in(agent=PHONE, username=email)
    except watched.world.admin.exceptions.NotAuthorizedException:
        assert action == "BLOCK"
    mail = watched.mail(email)
    assert ("blocked" in mail["body"]) is (action == "BLOCK")
    assert "Chrome 128, Android" in mail["body"]
    assert len(links(mail)) == 2


def test_a_device_name_cannot_bring_markup_or_placeholders_into_the_mail(world: World) -> None:
    email = new_email()
    watched = watch(world, email=email)
    watched.react(notify=True, Low="NO_ACTION")
    watched.sign_in(username=email)
    device = encoded(DeviceId="d-9", DeviceName="{feedback-token}<b>")
    watched.sign_in(username=email, EncodedData=device)
    assert "Device: {feedback-token}<b>\n" in watched.mail(email)["body"]


def test_an_address_that_nobody_verified_is_not_written_to(world: World) -> None:
    email, other = new_email(), new_email()
    watched = watch(world, email=other)
    watched.pool.create_user(email, email=email)
    watched.react(notify=True, Low="NO_ACTION")
    for name in (email, other):
        watched.sign_in(username=name)
        watched.sign_in(agent=PHONE, username=name)
    watched.mail(other)
    assert world.messages(email) == []
