"""USER_AUTH where the client hides who exists: offers and answers do not tell it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP
from webauthn.helpers import base64url_to_bytes as bytes_of

from idp.user_pools.services import equal_time
from tests.idp.user_pools.operations.choosing import (
    FLOWS,
    Authenticator,
    begin,
    choosing_pool,
    configure,
    person,
    register,
    respond,
)
from tests.idp.user_pools.operations.statements import recorded
from tests.idp.user_pools.operations.test_hidden_users import answer, writes_of
from tests.idp.user_pools.operations.world import (
    AppClient,
    Pool,
    World,
    attribute_list,
    new_email,
    outcome,
    refused,
)

OTP = ["PASSWORD", "EMAIL_OTP"]
Case = tuple[AppClient, str, str]


@pytest.fixture
def case(world: World) -> Case:
    """A client that hides who exists, the name of somebody, and the name of nobody."""
    pool = choosing_pool(world, *OTP)
    client = pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    return client, person(pool), new_email()


def shape(found: tuple[Any, ...]) -> Any:
    """An answer without what is random, and with destinations in their form."""
    status, body, headers, error = found
    body = {**body}
    parameters = dict(body.pop("ChallengeParameters", {}))
    lengths = {len(body.pop("Session", "")) // 64}
    destination = parameters.pop("CODE_DELIVERY_DESTINATION", None)
    return (
        status,
        body,
        headers,
        error,
        sorted(parameters),
        lengths,
        destination and destination[1:],
    )


@pytest.mark.parametrize("preferred", ["", "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"])
def test_somebody_and_nobody_are_offered_the_same(case: Case, preferred: str) -> None:
    client, present, missing = case
    mine, theirs = (
        answer(lambda n=name: begin(client, n, preferred)) for name in (present, missing)
    )
    assert shape(mine) == shape(theirs)
    assert mine[0] == 200


@pytest.mark.parametrize(
    "state", ["disabled", "invited", "unverified", "unconfirmed", "passwordless"]
)
def test_state_of_an_account_is_not_offered_either(world: World, case: Case, state: str) -> None:
    client, _, missing = case
    pool, present = client.pool, new_email()
    if state == "unconfirmed":
        client.sign_up(present, email=present)
    elif state == "passwordless":
        present = passwordless_person(pool)
    elif state == "invited":
        pool.call("admin_create_user", Username=present, MessageAction="SUPPRESS")
    else:
        person_email = {"email_verified": "false"} if state == "unverified" else {}
        present = person(pool, **person_email)
    if state == "disabled":
        pool.call("admin_disable_user", Username=present)
    before = len(world.messages(present))
    for preferred in ("", "EMAIL_OTP"):
        mine, theirs = (
            answer(lambda n=name, p=preferred: begin(client, n, p)) for name in (present, missing)
        )
        assert shape(mine) == shape(theirs)
    if state in ("invited", "unverified"):
        assert len(world.messages(present)) == before


def passwordless_person(pool: Pool) -> str:
    email = new_email()
    attributes = {"email": email, "email_verified": "true"}
    pool.call("admin_create_user", Username=email, UserAttributes=attribute_list(attributes))
    return email


def test_passwords_of_a_user_without_one_are_refused_like_nobodys(world: World, case: Case) -> None:
    client, _, missing = case
    world.time.now = float(int(time.time()))  # the client signs its own clock's time
    present = passwordless_person(client.pool)
    answers = []
    for name in (present, missing):
        wrong = answer(lambda n=name: begin(client, n, "PASSWORD", PASSWORD="Wrong-horse-9"))
        helper = AWSSRP(name, "Wrong-horse-9", client.pool.id, client.id, client=world.public)
        srp_a = helper.get_auth_params()["SRP_A"]
        challenge = begin(client, name, "PASSWORD_SRP", SRP_A=srp_a)["ChallengeParameters"]
        proof = helper.process_challenge(challenge, {"USERNAME": name})
        responses = {**proof, "USERNAME": challenge["USER_ID_FOR_SRP"]}
        refusal = answer(
            lambda r=responses: client.call(
                "respond_to_auth_challenge",
                ChallengeName="PASSWORD_VERIFIER",
                ChallengeResponses=r,
            )
        )
        answers.append((wrong[1:], refusal[1:]))
    assert answers[0] == answers[1]
    assert answers[0][1][0]["Error"]["Message"] == "Incorrect username or password."


def test_unconfirmed_user_learns_it_by_the_code_alone(world: World, case: Case) -> None:
    client, email = case[0], new_email()
    attributes = [{"Name": "email", "Value": email}]
    client.call("sign_up", Username=email, UserAttributes=attributes)
    challenge = begin(client, email, "EMAIL_OTP")
    code = world.code(email, of=2)
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    with refused("CodeMismatchException"):
        respond(client, challenge, email, EMAIL_OTP_CODE=wrong)
    with refused("UserNotConfirmedException"):
        respond(client, challenge, email, EMAIL_OTP_CODE=code)


def test_the_same_work_is_done_for_a_passkey_of_nobody(world: World) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    client = pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    present = person(pool)
    made = register(client, present)
    missing = next(
        name
        for name in (new_email() for _ in range(200))
        if "WEB_AUTHN" in begin(client, name)["AvailableChallenges"]
    )
    counts, answers = [], []
    for name in (present, missing):
        challenge = begin(client, name, "WEB_AUTHN")
        options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        identifier = options["allowCredentials"][0]["id"]
        forged = Authenticator(credential_id=bytes_of(identifier)).get(options)
        with recorded(world) as statements:
            found = answer(
                lambda c=challenge, n=name, f=forged: respond(client, c, n, CREDENTIAL=f)
            )
        counts.append([statement for statement, _ in statements])
        answers.append(found)
    assert made.credential_id
    assert counts[0] == counts[1]
    assert answers[0] == answers[1]
    assert answers[0][3] == "NotAuthorizedException"


def test_only_who_does_not_prove_himself_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    client = pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    present = person(pool)
    key = register(client, present)

    def answers(*, right: bool) -> Iterator[Callable[[], Any]]:
        passkey = begin(client, present, "WEB_AUTHN")
        signer = key if right else Authenticator(credential_id=key.credential_id)
        made = signer.get(passkey["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        yield lambda: respond(client, passkey, present, CREDENTIAL=made)
        before = len(world.messages(present))
        sent = begin(client, present, "EMAIL_OTP")
        code = world.code(present, of=before + 1) if right else "0" * 9
        yield lambda: respond(client, sent, present, EMAIL_OTP_CODE=code)

    for right in (True, False):
        for work in answers(right=right):
            waits: list[float] = []
            with monkeypatch.context() as patch:
                patch.setattr(equal_time, "_wait_until", waits.append)
                assert (outcome(work) == "ok") is right
            assert len(waits) == (0 if right else 1)


def test_wrong_answers_are_refused_alike_until_locked_out(world: World, case: Case) -> None:
    client, present, missing = case
    seen: dict[str, list[Any]] = {}
    for name in (present, missing):
        challenge = begin(client, name, "EMAIL_OTP")
        seen[name] = [
            answer(lambda c=challenge, n=name: respond(client, c, n, EMAIL_OTP_CODE="0" * 9))
            for _ in range(8)
        ]
    assert seen[present] == seen[missing]
    assert seen[present][0][3] == "CodeMismatchException"
    assert seen[present][-1][1]["Error"]["Message"] == "Password attempts exceeded"


@pytest.mark.parametrize("step", ["begin", "send", "wrong code", "wrong password"])
def test_the_same_work_is_done_for_nobody(world: World, case: Case, step: str) -> None:
    client, present, missing = case
    challenges = {name: begin(client, name, "EMAIL_OTP") for name in (present, missing)}

    def work(name: str) -> Any:
        match step:
            case "begin":
                return begin(client, name)
            case "send":
                return begin(client, name, "EMAIL_OTP")
            case "wrong code":
                return respond(client, challenges[name], name, EMAIL_OTP_CODE="000000000")
        return begin(client, name, "PASSWORD", PASSWORD="Wrong-horse-9")

    counts = []
    for name in (present, missing):
        with recorded(world) as statements:
            answer(lambda n=name: work(n))
        counts.append([statement for statement, _ in statements])
    assert counts[0] == counts[1]
    assert writes_of(world, lambda: work(present)) == writes_of(world, lambda: work(missing))


def test_sends_are_limited_alike(case: Case) -> None:
    client, present, missing = case
    for name in (present, missing):
        seen = [answer(lambda n=name: begin(client, n, "EMAIL_OTP"))[3] for _ in range(32)]
        assert seen == [None] * 30 + ["LimitExceededException"] * 2


def test_some_of_the_missing_seem_to_have_passkeys(world: World) -> None:
    pool = choosing_pool(world)
    client = pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    names = [new_email() for _ in range(60)]
    offered = {name: begin(client, name)["AvailableChallenges"] for name in names}
    assert {"WEB_AUTHN" in challenges for challenges in offered.values()} == {True, False}
    for name in names[:5]:
        assert begin(client, name)["AvailableChallenges"] == offered[name]


def test_made_up_passkey_is_stable_and_refused_like_a_wrong_one(world: World) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    client = pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    name = next(
        name
        for name in (new_email() for _ in range(200))
        if "WEB_AUTHN" in begin(client, name)["AvailableChallenges"]
    )
    first, second = (begin(client, name, "WEB_AUTHN")["ChallengeParameters"] for _ in range(2))
    options = [json.loads(each["CREDENTIAL_REQUEST_OPTIONS"]) for each in (first, second)]
    assert options[0]["allowCredentials"] == options[1]["allowCredentials"]
    assert options[0]["challenge"] != options[1]["challenge"]
    challenge = begin(client, name, "WEB_AUTHN")
    made = Authenticator(credential_id=b"x" * 32).get(
        challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]
    )
    found = answer(lambda: respond(client, challenge, name, CREDENTIAL=made))
    assert found[3] == "NotAuthorizedException"
    assert found[1]["Error"]["Message"] == "Incorrect username or password."


def test_made_up_passkeys_are_of_many_lengths_and_beginnings(world: World) -> None:
    pool = choosing_pool(world)
    client = pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    found = []
    for _ in range(160):
        parameters = begin(client, new_email(), "WEB_AUTHN")["ChallengeParameters"]
        options = json.loads(parameters.get("CREDENTIAL_REQUEST_OPTIONS", "{}"))
        found += [bytes_of(each["id"]) for each in options.get("allowCredentials", [])]
    assert {len(each) for each in found} == {16, 20, 32, 48, 64}
    assert max(each[0] for each in found) > 127


def test_some_of_the_missing_seem_to_have_a_second_factor(world: World) -> None:
    pool = choosing_pool(world, *OTP)
    configure(pool, MfaConfiguration="OPTIONAL")
    client = pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")
    offered = {tuple(begin(client, new_email())["AvailableChallenges"]) for _ in range(60)}
    assert offered == {
        ("PASSWORD", "PASSWORD_SRP"),
        ("PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"),
    }
