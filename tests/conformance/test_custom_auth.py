"""CUSTOM_AUTH in the clients' own hands, over functions in the instance's folder.

The functions ask two questions, after the password where the client begins with SRP_A.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.conformance.second_factors import script
from tests.servers.application import PASSWORD, Application, create_application
from tests.servers.command_line import CommandLine
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

DEFINE = """
def handler(event, context):
    rounds = list(event["request"]["session"])
    response = event["response"]
    response["issueTokens"] = response["failAuthentication"] = False
    if rounds and rounds[0]["challengeName"] == "SRP_A":
        if len(rounds) == 1:
            response["challengeName"] = "PASSWORD_VERIFIER"
            return event
        rounds = rounds[2:]
    response["failAuthentication"] = any(not each["challengeResult"] for each in rounds)
    response["issueTokens"] = len(rounds) == 2 and not response["failAuthentication"]
    response["challengeName"] = "CUSTOM_CHALLENGE"
    return event
"""
CREATE = """
def handler(event, context):
    rounds = event["request"]["session"]
    asked = [each for each in rounds if each["challengeName"] == "CUSTOM_CHALLENGE"]
    question, answer = [("fish?", "sword"), ("horse?", "battery")][len(asked)]
    event["response"]["publicChallengeParameters"] = {"question": question}
    event["response"]["privateChallengeParameters"] = {"answer": answer}
    event["response"]["challengeMetadata"] = question
    return event
"""
VERIFY = """
def handler(event, context):
    request = event["request"]
    right = request["privateChallengeParameters"]["answer"]
    assert request["clientMetadata"] == {"page": "node"}
    event["response"]["answerCorrect"] = request["challengeAnswer"] == right
    return event
"""
FUNCTIONS = {
    "DefineAuthChallenge": DEFINE,
    "CreateAuthChallenge": CREATE,
    "VerifyAuthChallengeResponse": VERIFY,
}
FLOWS = [
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
JAVASCRIPT, AMPLIFY = "amazon-cognito-identity-js", "aws-amplify"
ASKED = "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE"
ANSWERS = ["sword", "battery"]
with_and_without_password = pytest.mark.parametrize(
    "password", [PASSWORD, ""], ids=["with SRP", "without SRP"]
)


def with_functions(server: Poolgate, **settings: Any) -> Application:
    folder: Path = server.instance / "functions"
    folder.mkdir(exist_ok=True)
    for name, text in FUNCTIONS.items():
        (folder / f"asks_{name}.py").write_text(text)
    made = create_application(server, ExplicitAuthFlows=FLOWS)
    arn = "arn:aws:lambda:us-east-1:000000000000:function:asks_"
    server.client("cognito-idp").update_user_pool(
        UserPoolId=made.pool_id,
        AutoVerifiedAttributes=["email"],
        LambdaConfig={name: arn + name for name in FUNCTIONS},
        **settings,
    )
    return made


@pytest.fixture(scope="module")
def asking(poolgate_server: Poolgate) -> Application:
    return with_functions(poolgate_server)


@with_and_without_password
def test_javascript_answers_every_question(
    node: RunScript, asking: Application, password: str
) -> None:
    person = asking.sign_up()
    run = script(node, JAVASCRIPT, asking)
    answer = run(action="custom", email=person.email, password=password, answers=ANSWERS)
    assert answer["seen"] == ["fish?", "horse?"]
    assert answer["access"]["sub"] == answer["id"]["sub"] == person.sub


@with_and_without_password
def test_javascript_is_refused_after_a_wrong_answer(
    node: RunScript, asking: Application, password: str
) -> None:
    person = asking.sign_up()
    run = script(node, JAVASCRIPT, asking)
    refused = run(
        action="refuseCustom", email=person.email, password=password, answers=["sword", "wrong"]
    )
    assert refused["seen"] == ["fish?", "horse?"]
    assert refused["code"] == "NotAuthorizedException"


@with_and_without_password
def test_amplify_answers_every_question(
    node: RunScript, asking: Application, password: str
) -> None:
    person = asking.sign_up()
    run = script(node, AMPLIFY, asking)
    answer = run(action="custom", email=person.email, password=password, answers=ANSWERS)
    assert answer["steps"] == [[ASKED, "fish?"], [ASKED, "horse?"]]
    assert answer["done"]["isSignedIn"] is True
    assert answer["tokens"]["access"]["sub"] == person.sub


@with_and_without_password
def test_amplify_is_refused_after_a_wrong_answer(
    node: RunScript, asking: Application, password: str
) -> None:
    person = asking.sign_up()
    run = script(node, AMPLIFY, asking)
    refused = run(action="refuseCustom", email=person.email, password=password, answers=["wrong"])
    assert refused["steps"] == [[ASKED, "fish?"]]
    assert refused["name"] == "NotAuthorizedException"


@pytest.mark.parametrize("client", [JAVASCRIPT, AMPLIFY])
def test_wrong_password_asks_no_question(node: RunScript, asking: Application, client: str) -> None:
    person = asking.sign_up()
    run = script(node, client, asking)
    refused = run(action="refuseCustom", email=person.email, password="Wrong-7", answers=ANSWERS)
    assert (refused.get("seen") or refused.get("steps") or []) == []
    assert refused["name"] == "NotAuthorizedException"


def test_command_line_answers_every_question(aws: CommandLine, asking: Application) -> None:
    person = asking.sign_up()
    client = ("--client-id", asking.client_id)
    posed = aws(
        *("cognito-idp", "initiate-auth", *client, "--auth-flow", "CUSTOM_AUTH"),
        *("--auth-parameters", f"USERNAME={person.email}"),
    )
    for question, answer in zip(("fish?", "horse?"), ANSWERS, strict=True):
        assert posed["ChallengeParameters"]["question"] == question
        posed = aws(
            *("cognito-idp", "respond-to-auth-challenge", *client),
            *("--challenge-name", posed["ChallengeName"], "--session", posed["Session"]),
            *("--challenge-responses", f"USERNAME={person.email},ANSWER={answer}"),
            *("--client-metadata", json.dumps({"page": "node"})),
        )
    token = posed["AuthenticationResult"]["AccessToken"]
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == person.sub
