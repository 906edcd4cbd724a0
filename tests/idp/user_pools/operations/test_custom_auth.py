"""CUSTOM_AUTH with real functions: rounds, refusals, missing users, replay and guessing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from pycognito.aws_srp import AWSSRP

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    at_once,
    new_email,
    refused,
)

# As the developer guide's: a right answer ends it, three wrong ones fail it.
DEFINE = """
session = event['request']['session']
assert event['triggerSource'] == 'DefineAuthChallenge_Authentication'
event['response']['issueTokens'] = bool(session) and session[-1]['challengeResult']
event['response']['failAuthentication'] = len(session) >= 3 and not session[-1]['challengeResult']
event['response']['challengeName'] = 'CUSTOM_CHALLENGE'
"""
CREATE = """
assert event['triggerSource'] == 'CreateAuthChallenge_Authentication'
assert event['request']['challengeName'] == 'CUSTOM_CHALLENGE'
step = str(len(event['request']['session']))
event['response']['publicChallengeParameters'] = {'question': 'What is the word?', 'step': step}
event['response']['privateChallengeParameters'] = {'answer': 'swordfish' + step}
event['response']['challengeMetadata'] = 'WORD-' + step
"""
VERIFY = """
request = event['request']
assert event['triggerSource'] == 'VerifyAuthChallengeResponse_Authentication'
event['response']['answerCorrect'] = (
    request['challengeAnswer'] == request['privateChallengeParameters']['answer'])
"""
CLIENT = {
    "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"]
}
Make = Callable[..., "Flow"]


@dataclass
class Flow:
    """One sign-in of one user."""

    client: AppClient
    email: str
    answer: dict[str, Any] = field(default_factory=dict)

    def start(self, *, admin: bool = False, **parameters: str) -> dict[str, Any]:
        given = {"USERNAME": self.email, **parameters}
        if admin:
            self.answer = self.client.pool.call(
                "admin_initiate_auth", ClientId=self.client.id, AuthFlow="CUSTOM_AUTH",
                AuthParameters=given,
            )  # fmt: skip
        else:
            self.answer = self.client.call(
                "initiate_auth", AuthFlow="CUSTOM_AUTH", AuthParameters=given,
                ClientMetadata={"of": "start"},
            )  # fmt: skip
        return self.answer

    def respond(self, answer: str, **request: Any) -> dict[str, Any]:
        given = {
            "ChallengeName": "CUSTOM_CHALLENGE",
            "Session": self.answer.get("Session"),
            "ChallengeResponses": {"USERNAME": self.email, "ANSWER": answer},
            **request,
        }
        self.answer = self.client.call("respond_to_auth_challenge", **given)
        return self.answer

    def again(self) -> Flow:
        return Flow(self.client, self.email)


def functions(
    world: World, define: str = DEFINE, create: str = CREATE, verify: str = VERIFY
) -> dict[str, str]:
    suffix = str(abs(hash((define, create, verify))))
    return {
        "DefineAuthChallenge": world.function("define" + suffix, define),
        "CreateAuthChallenge": world.function("create" + suffix, create),
        "VerifyAuthChallengeResponse": world.function("verify" + suffix, verify),
    }


@pytest.fixture
def make(world: World) -> Make:
    def made(
        define: str = DEFINE, create: str = CREATE, verify: str = VERIFY, **client: Any
    ) -> Flow:
        pool = world.email_pool(LambdaConfig=functions(world, define, create, verify))
        email = new_email()
        pool.create_user(email, email=email)
        return Flow(pool.client(**{**CLIENT, **client}), email)

    return made


def test_right_answer_buys_tokens(make: Make) -> None:
    flow = make()
    posed = flow.start()
    assert posed["ChallengeName"] == "CUSTOM_CHALLENGE"
    sub = flow.client.pool.attributes(flow.email)["sub"]
    assert posed["ChallengeParameters"] == {
        "question": "What is the word?", "step": "0", "USERNAME": sub,
    }  # fmt: skip
    assert "swordfish" not in str(posed)
    assert flow.respond("swordfish0")["AuthenticationResult"]["IdToken"]


def test_administrators_start_it_too(make: Make) -> None:
    flow = make()
    flow.start(admin=True)
    done = flow.client.pool.call(
        "admin_respond_to_auth_challenge", ClientId=flow.client.id,
        ChallengeName="CUSTOM_CHALLENGE", Session=flow.answer["Session"],
        ChallengeResponses={"USERNAME": flow.email, "ANSWER": "swordfish0"},
    )  # fmt: skip
    assert done["AuthenticationResult"]["AccessToken"]


def test_wrong_answer_leads_to_another_challenge_with_its_history(make: Make) -> None:
    flow = make(
        create=CREATE + "\nif step == '1':\n    assert event['request']['session'] == [{\n"
        "        'challengeName': 'CUSTOM_CHALLENGE', 'challengeResult': False,\n"
        "        'challengeMetadata': 'WORD-0'}]"
    )
    flow.start()
    assert flow.respond("wrong")["ChallengeParameters"]["step"] == "1"
    assert flow.respond("swordfish1")["AuthenticationResult"]


def test_function_fails_the_sign_in(make: Make) -> None:
    flow = make()
    flow.start()
    flow.respond("wrong")
    flow.respond("wrong")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        flow.respond("wrong")


def test_several_rounds_have_to_be_passed(make: Make) -> None:
    flow = make(
        "session = event['request']['session']\n"
        "event['response']['issueTokens'] = len(session) == 3\n"
        "event['response']['failAuthentication'] = not all(s['challengeResult'] for s in session)\n"
        "event['response']['challengeName'] = 'CUSTOM_CHALLENGE'"
    )
    flow.start()
    for step in range(2):
        assert flow.respond(f"swordfish{step}")["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert flow.respond("swordfish2")["AuthenticationResult"]


def test_function_that_never_ends_is_stopped_after_three_wrong_answers(make: Make) -> None:
    flow = make("event['response']['challengeName'] = 'CUSTOM_CHALLENGE'")
    flow.start()
    flow.respond("wrong")
    flow.respond("wrong")
    with refused("NotAuthorizedException"):
        flow.respond("wrong")


def test_function_that_never_ends_is_stopped_after_ten_rounds(make: Make) -> None:
    flow = make("event['response']['challengeName'] = 'CUSTOM_CHALLENGE'")
    flow.start()
    for step in range(9):
        flow.respond(f"swordfish{step}")
    with refused("NotAuthorizedException"):
        flow.respond("swordfish9")


def test_session_takes_one_answer(make: Make) -> None:
    flow = make()
    session = flow.start()["Session"]
    flow.respond("wrong")
    with refused("NotAuthorizedException", "session can only be used once"):
        flow.respond("swordfish0", Session=session)


def test_session_takes_one_answer_of_parallel_ones(make: Make) -> None:
    flow = make()
    flow.start()
    tries = [Flow(flow.client, flow.email, flow.answer) for _ in range(4)]
    led_to = at_once(*(lambda each=each: each.respond("swordfish0") for each in tries))
    assert led_to == ["NotAuthorizedException"] * 3 + ["ok"]


def test_completed_sign_in_is_not_completed_again(make: Make) -> None:
    flow = make()
    session = flow.start()["Session"]
    assert flow.respond("swordfish0")["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        flow.respond("swordfish0", Session=session)


def test_session_of_another_client_or_challenge_is_refused(make: Make) -> None:
    flow = make()
    session = flow.start()["Session"]
    other = Flow(flow.client.pool.client(**CLIENT), flow.email, flow.answer)
    with refused("NotAuthorizedException", "Invalid session"):
        other.respond("swordfish0")
    with refused("NotAuthorizedException", "Invalid session"):
        flow.respond("x", ChallengeName="NEW_PASSWORD_REQUIRED", Session=session)


def test_session_expires(world: World, make: Make) -> None:
    flow = make()
    flow.start()
    world.time.pass_by(minutes=4)
    with refused("NotAuthorizedException", "session is expired"):
        flow.respond("swordfish0")


def test_answer_is_for_the_user_whom_the_session_names(make: Make) -> None:
    flow = make()
    flow.start()
    other = new_email()
    flow.client.pool.create_user(other, email=other)
    with refused("NotAuthorizedException", "Invalid session"):
        flow.respond("x", ChallengeResponses={"USERNAME": other, "ANSWER": "swordfish0"})


def test_answer_must_be_there(make: Make) -> None:
    flow = make()
    flow.start()
    with refused("InvalidParameterException", "ANSWER"):
        flow.respond("x", ChallengeResponses={"USERNAME": flow.email})


def test_wrong_answers_in_parallel_sessions_lock_the_user_out(world: World, make: Make) -> None:
    """Guessing over many sign-ins buys five answers, then one for each lock-out."""
    flow = make()
    flows = [flow.again() for _ in range(8)]
    for each in flows:
        each.start()
    led_to = at_once(*(lambda each=each: each.respond("wrong") for each in flows))
    assert led_to == ["NotAuthorizedException"] * 3 + ["ok"] * 5
    right = flow.again()
    right.start()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        right.respond("swordfish0")
    world.time.pass_by(seconds=2)
    right.start()
    assert right.respond("swordfish0")["AuthenticationResult"]


def test_right_answers_and_right_passwords_do_not_forget_wrong_ones(make: Make) -> None:
    """Otherwise guesses at the second round would be free, or at the only one."""
    flow = make()
    for _ in range(5):
        flow.start()
        flow.respond("wrong")
        assert flow.client.sign_in(flow.email)["AuthenticationResult"]
    flow.start()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        flow.respond("swordfish0")


def test_functions_own_error_counts_as_a_wrong_answer(make: Make) -> None:
    flow = make(
        verify=VERIFY + "\nif not event['response']['answerCorrect']:\n    raise Exception('No')"
    )
    for _ in range(5):
        flow.start()
        with refused("UserLambdaValidationException"):
            flow.respond("wrong")
    flow.start()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        flow.respond("swordfish0")


def test_function_that_cannot_judge_costs_no_answer(make: Make) -> None:
    flow = make(verify=VERIFY + "\nif request['challengeAnswer'] == 'odd':\n    return 7")
    for _ in range(7):
        flow.start()
        with refused("InvalidLambdaResponseException"):
            flow.respond("odd")
    flow.start()
    assert flow.respond("swordfish0")["AuthenticationResult"]


def test_right_answers_are_not_counted(make: Make) -> None:
    flow = make()
    for _ in range(7):
        flow.start()
        assert flow.respond("swordfish0")["AuthenticationResult"]


def test_missing_user_is_challenged_like_any_other_where_that_is_hidden(make: Make) -> None:
    flow = make(
        DEFINE + "\nrequest = event['request']\n"
        "assert request['userNotFound'] is not bool(request['userAttributes'])",
        PreventUserExistenceErrors="ENABLED",
    )
    real, missing = flow.start(), Flow(flow.client, new_email())
    made_up = missing.start()
    assert made_up["ChallengeName"] == real["ChallengeName"]
    assert set(made_up["ChallengeParameters"]) == set(real["ChallengeParameters"])
    name, real_name = (each["ChallengeParameters"]["USERNAME"] for each in (made_up, real))
    assert name != missing.email
    assert len(name) == len(real_name)
    assert abs(len(made_up["Session"]) - len(real["Session"])) <= 64
    # Not even a function that finds the answer right signs nobody in.
    with refused("NotAuthorizedException", "Incorrect username or password."):
        missing.respond("swordfish0")


def test_missing_users_wrong_answers_are_counted_too(make: Make) -> None:
    flow = make(PreventUserExistenceErrors="ENABLED")
    missing = Flow(flow.client, new_email())
    for _ in range(5):
        missing.start()
        missing.respond("wrong")
    missing.start()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        missing.respond("wrong")


def test_missing_user_is_named_where_nothing_is_hidden(make: Make) -> None:
    flow = Flow(make().client, new_email())
    with refused("UserNotFoundException"):
        flow.start()


def test_disabled_user_is_refused(make: Make) -> None:
    flow = make(PreventUserExistenceErrors="ENABLED")
    flow.start()
    flow.client.pool.call("admin_disable_user", Username=flow.email)
    with refused("NotAuthorizedException", "User is disabled."):
        flow.respond("swordfish0")
    open_client = Flow(flow.client.pool.client(**CLIENT), flow.email)
    with refused("NotAuthorizedException", "User is disabled."):
        open_client.start()


def test_client_must_allow_it(make: Make) -> None:
    flow = make(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    with refused("InvalidParameterException", "CUSTOM_AUTH is not enabled for the client."):
        flow.start()


def test_legacy_setting_allows_nothing_else(make: Make) -> None:
    flow = make(ExplicitAuthFlows=["CUSTOM_AUTH_FLOW_ONLY"])
    flow.start()
    assert flow.respond("swordfish0")["AuthenticationResult"]
    with refused("InvalidParameterException"):
        flow.client.sign_in(flow.email)


def test_pool_without_functions_says_so(world: World) -> None:
    pool, email = world.email_pool(), new_email()
    pool.create_user(email)
    with refused("InvalidParameterException", "Custom auth lambda trigger is not configured"):
        Flow(pool.client(**CLIENT), email).start()


@pytest.mark.parametrize(
    "define",
    [
        "pass",
        "event['response']['issueTokens'] = 'yes'",
        "event['response']['challengeName'] = 7",
        "event['response']['challengeName'] = 'NO_SUCH_CHALLENGE'",
        "event['response']['challengeName'] = 'PASSWORD_VERIFIER'",
        "event['response']['challengeName'] = 'NEW_PASSWORD_REQUIRED'",
        "event['response']['challengeName'] = 'SMS_MFA'",
        "return []",
    ],
)
def test_malformed_definitions_are_refused(make: Make, define: str) -> None:
    with refused("InvalidLambdaResponseException"):
        make(define).start()


@pytest.mark.parametrize(
    "create",
    [
        "event['response']['publicChallengeParameters'] = []",
        "event['response']['privateChallengeParameters'] = {'answer': 7}",
        "event['response']['challengeMetadata'] = {}",
        "event['response']['privateChallengeParameters'] = {'answer': 'x' * 70000}",
    ],
)
def test_malformed_challenges_are_refused(make: Make, create: str) -> None:
    with refused("InvalidLambdaResponseException"):
        make(create=create).start()


@pytest.mark.parametrize("verdict", ["1", "'true'", "[True]"])
def test_nothing_but_true_is_a_right_answer(make: Make, verdict: str) -> None:
    flow = make(verify=f"event['response']['answerCorrect'] = {verdict}")
    flow.start()
    with refused("InvalidLambdaResponseException"):
        flow.respond("swordfish0")


def test_missing_verdict_is_a_wrong_answer(make: Make) -> None:
    flow = make(verify="pass")
    flow.start()
    assert flow.respond("swordfish0")["ChallengeName"] == "CUSTOM_CHALLENGE"


def test_refusal_wins_over_tokens(make: Make) -> None:
    flow = make("event['response'].update(issueTokens=True, failAuthentication=True)")
    with refused("NotAuthorizedException"):
        flow.start()


def test_functions_own_refusal_is_shown(make: Make) -> None:
    flow = make(create="raise Exception('No more questions')")
    message = "CreateAuthChallenge failed with error No more questions."
    with refused("UserLambdaValidationException", message):
        flow.start()


def test_challenge_larger_than_a_session_is_kept_here(make: Make) -> None:
    flow = make(
        create=CREATE + "\nevent['response']['privateChallengeParameters']['more'] = 'x' * 20000"
    )
    assert len(flow.start()["Session"]) <= 4096
    assert flow.respond("swordfish0")["AuthenticationResult"]


def test_client_metadata_comes_with_answers_only(make: Make) -> None:
    tell = "assert event['request']['clientMetadata'] == (\n    {'of': 'answer'} if %s else {})"
    flow = make(
        DEFINE + tell % "session",
        CREATE + tell % "step != '0'",
        VERIFY + tell % "True",
    )
    flow.start()
    flow.respond("wrong", ClientMetadata={"of": "answer"})


NEW_PASSWORD_NEXT = """
done = [each['challengeName'] for each in event['request']['session'] if each['challengeResult']]
steps = ['CUSTOM_CHALLENGE', 'NEW_PASSWORD_REQUIRED'][%d:]
if done == steps:
    event['response']['issueTokens'] = True
else:
    event['response']['challengeName'] = steps[len(done)]
"""


def with_temporary_password(flow: Flow) -> Flow:
    flow.client.pool.call(
        "admin_set_user_password", Username=flow.email, Password=PASSWORD, Permanent=False
    )
    return flow


def test_built_in_challenge_follows_a_custom_one(make: Make) -> None:
    flow = with_temporary_password(make(NEW_PASSWORD_NEXT % 0))
    flow.start()
    assert flow.respond("swordfish0")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    session = flow.answer["Session"]
    answers = {"USERNAME": flow.email, "NEW_PASSWORD": "Another-horse-8"}
    request = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "ChallengeResponses": answers}
    assert flow.respond("", **request)["AuthenticationResult"]["AccessToken"]
    assert flow.client.sign_in(flow.email, "Another-horse-8")["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        flow.respond("", **request, Session=session)


def test_nobody_chooses_a_password_who_has_proved_nothing(make: Make) -> None:
    flow = with_temporary_password(make(NEW_PASSWORD_NEXT % 1))
    with refused("InvalidLambdaResponseException"):
        flow.start()


# --- The password first ---------------------------------------------------------------------

PASSWORD_FIRST = """
names = [(each['challengeName'], each['challengeResult']) for each in event['request']['session']]
steps = [('SRP_A', True), ('PASSWORD_VERIFIER', True), ('CUSTOM_CHALLENGE', True)]
if names == steps:
    event['response']['issueTokens'] = True
elif names == steps[:len(names)] and names:
    event['response']['challengeName'] = steps[len(names)][0]
else:
    event['response']['failAuthentication'] = True
"""


class PasswordFirst(Flow):
    """The password is proved by pycognito's SRP client."""

    def begin(self, password: str = PASSWORD) -> dict[str, Any]:
        self.helper = AWSSRP(
            username=self.email, password=password, pool_id=self.client.pool.id,
            client_id=self.client.id, client=self.client.pool.world.public,
        )  # fmt: skip
        public = self.helper.get_auth_params()["SRP_A"]
        return self.start(CHALLENGE_NAME="SRP_A", SRP_A=public)

    def prove(self) -> dict[str, Any]:
        parameters = self.answer["ChallengeParameters"]
        responses = self.helper.process_challenge(parameters, {"USERNAME": self.email})
        responses["USERNAME"] = parameters["USER_ID_FOR_SRP"]
        self.answer = self.client.call(
            "respond_to_auth_challenge", ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=responses,
        )  # fmt: skip
        return self.answer


@pytest.fixture
def password_first(world: World, make: Make) -> PasswordFirst:
    import time

    world.time.now = float(int(time.time()))  # the client signs its own clock's time
    flow = make(PASSWORD_FIRST, create=CREATE.replace("'swordfish' + step", "'swordfish'"))
    return PasswordFirst(flow.client, flow.email)


def test_password_comes_before_the_challenge(password_first: PasswordFirst) -> None:
    assert password_first.begin()["ChallengeName"] == "PASSWORD_VERIFIER"
    assert password_first.prove()["ChallengeName"] == "CUSTOM_CHALLENGE"
    tokens = password_first.respond("swordfish")["AuthenticationResult"]
    assert jwt.decode(tokens["AccessToken"], options={"verify_signature": False})["sub"]


def test_wrong_password_ends_it(password_first: PasswordFirst) -> None:
    password_first.begin("Wrong-horse-9")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        password_first.prove()


def test_right_password_alone_buys_nothing(password_first: PasswordFirst) -> None:
    password_first.begin()
    assert "AuthenticationResult" not in password_first.prove()
    with refused("NotAuthorizedException"):
        password_first.respond("wrong")


def test_temporary_password_is_replaced_before_the_challenge(
    world: World, password_first: PasswordFirst
) -> None:
    pool: Pool = password_first.client.pool
    pool.call("admin_set_user_password", Username=password_first.email, Password=PASSWORD,
              Permanent=False)  # fmt: skip
    password_first.begin()
    assert password_first.prove()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused("NotAuthorizedException"):
        # The function above does not expect NEW_PASSWORD_REQUIRED in the history.
        password_first.client.call(
            "respond_to_auth_challenge", ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=password_first.answer["Session"],
            ChallengeResponses={
                "USERNAME": password_first.email, "NEW_PASSWORD": "Another-horse-8"
            },
        )  # fmt: skip
    assert password_first.client.sign_in(password_first.email, "Another-horse-8")


def test_other_first_challenges_are_refused(make: Make) -> None:
    with refused("InvalidParameterException", "CHALLENGE_NAME"):
        make().start(CHALLENGE_NAME="SMS_MFA")


@pytest.mark.parametrize("mode", ["AdvancedSecurityMode", "CustomAuthMode"])
def test_address_is_blocked_by_the_mode_of_the_flow(world: World, mode: str) -> None:
    """CustomAuthMode is for custom sign-ins alone, from their first request on."""
    by_custom = {"AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "ENFORCED"}}
    add_ons = {
        "AdvancedSecurityMode": {"AdvancedSecurityMode": "ENFORCED"},
        "CustomAuthMode": {"AdvancedSecurityMode": "OFF", **by_custom},
    }
    pool, email = (
        world.email_pool(
            LambdaConfig=functions(world), UserPoolTier="PLUS", UserPoolAddOns=add_ons[mode]
        ),
        new_email(),
    )
    pool.create_user(email, email=email)
    flow = Flow(pool.client(**CLIENT), email)
    flow.start()
    blocked = {"BlockedIPRangeList": ["127.0.0.0/8"]}
    pool.call("set_risk_configuration", RiskExceptionConfiguration=blocked)
    if mode == "CustomAuthMode":
        assert flow.client.tokens(email)
        for work in (lambda: flow.respond("swordfish0"), flow.again().start):
            with refused("NotAuthorizedException", "security reasons"):
                work()
    else:
        with refused("NotAuthorizedException", "security reasons"):
            flow.client.tokens(email)
        assert flow.respond("swordfish0")["AuthenticationResult"]
        assert flow.again().start()["ChallengeName"] == "CUSTOM_CHALLENGE"
