"""Every example of docs/triggers.md runs, in the runner that runs functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel import settings
from kernel.functions import sender_codes
from kernel.functions.errors import FunctionFailed
from kernel.functions.registry import Functions
from kernel.outbound import Outbound
from tests.idp.user_pools.operations.listener import Listener, listener

__all__ = ["listener"]

PAGE = Path(__file__).parents[2] / "docs" / "triggers.md"
EXAMPLE = re.compile(r"```python\n# functions/(\w+)\.py\n(.*?)```", re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall(PAGE.read_text()))
KMS_KEY = "arn:aws:kms:us-east-1:000000000000:key/codes"
ADA = {"sub": "1", "email": "ada@example.com", "phone_number": "+15555550123"}
CUSTOM = {"custom": {"invocation_id": "abc", "attempt": 1}}

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, listener: Listener) -> Iterator[Run]:
    """Calls an example as a trigger is called."""
    folder, variables = tmp_path / "functions", tmp_path / "environments"
    folder.mkdir()
    variables.mkdir()
    lines = [sender_codes.variable(KMS_KEY, bytes(32))]
    for name in ("MAIL_URL", "SMS_URL", "CUSTOMERS_URL"):
        lines.append(f"{name}=http://127.0.0.1:{listener.port}/")
    for name, source in EXAMPLES.items():
        (folder / f"{name}.py").write_text(source)
        (variables / f"{name}.env").write_text("\n".join(lines))
    functions = Functions.from_settings(settings.parse({"instance": str(tmp_path)}), Outbound())

    def call(name: str, source: str = "", response: Any = None, **request: Any) -> Any:
        event = {
            "version": "1", "triggerSource": source, "userName": "ada@example.com",
            "userPoolId": "us-east-1_A", "callerContext": {"clientId": "web"},
            "request": {"userAttributes": ADA, **request}, "response": response or {},
        }  # fmt: skip
        return functions.invoke(name, event, client_context=CUSTOM)

    yield call
    functions.close()


def rounds(*results: tuple[str, bool, str | None]) -> list[dict[str, Any]]:
    return [
        {"challengeName": name, "challengeResult": result, "challengeMetadata": metadata}
        for name, result, metadata in results
    ]


def test_page_has_an_example_of_every_trigger() -> None:
    names = [
        "pre_sign_up", "post_confirmation", "pre_authentication", "post_authentication",
        "pre_token_generation", "define_auth_challenge", "create_auth_challenge",
        "verify_auth_challenge_response", "user_migration", "custom_message",
        "custom_email_sender", "custom_sms_sender", "attribute_change", "user_deletion",
        "pre_forgot_password", "inbound_federation",
    ]  # fmt: skip
    assert list(EXAMPLES) == names


def test_sign_up_examples(run: Run, listener: Listener) -> None:
    assert run("pre_sign_up")["response"] == {"autoConfirmUser": True, "autoVerifyEmail": True}
    with pytest.raises(FunctionFailed, match="Sign up with your address"):
        run("pre_sign_up", userAttributes={"email": "eve@elsewhere.example"})
    run("post_confirmation", "PostConfirmation_ConfirmSignUp")
    assert listener.heard == [{"sub": "1"}]


def test_sign_in_examples(run: Run) -> None:
    run("pre_authentication", validationData={"terms": "accepted"})
    with pytest.raises(FunctionFailed, match="terms"):
        run("pre_authentication", validationData={})
    run("post_authentication")
    details = run("pre_token_generation")["response"]["claimsAndScopeOverrideDetails"]
    assert details["accessTokenGeneration"]["scopesToAdd"] == ["orders/read"]


def test_custom_sign_in_examples(run: Run) -> None:
    srp, proved = ("SRP_A", True, None), ("PASSWORD_VERIFIER", True, None)
    wrong, right = ("CUSTOM_CHALLENGE", False, "CODE-1"), ("CUSTOM_CHALLENGE", True, "CODE-1")

    def next_after(*results: tuple[str, bool, str | None]) -> Any:
        return run("define_auth_challenge", session=rounds(*results))["response"]

    assert next_after() == {"failAuthentication": True}
    assert next_after(srp) == {"challengeName": "PASSWORD_VERIFIER"}
    assert next_after(srp, proved) == {"challengeName": "CUSTOM_CHALLENGE"}
    assert next_after(srp, proved, wrong) == {"challengeName": "CUSTOM_CHALLENGE"}
    assert next_after(srp, proved, wrong, wrong, wrong) == {"failAuthentication": True}
    assert next_after(srp, proved, wrong, right) == {"issueTokens": True}
    made = run("create_auth_challenge", session=rounds(srp, proved))["response"]
    code = made["privateChallengeParameters"]["code"]
    assert re.fullmatch(r"\d{6}", code)
    assert code not in str(made["publicChallengeParameters"])
    again = run("create_auth_challenge", session=rounds(srp, proved, wrong))["response"]
    assert again["privateChallengeParameters"] == {"code": "1"}
    for answer in (code, "x"):
        verdict = run(
            "verify_auth_challenge_response",
            privateChallengeParameters={"code": code},
            challengeAnswer=answer,
        )
        assert verdict["response"] == {"answerCorrect": answer == code}


def test_migration_example(run: Run) -> None:
    source = "UserMigration_Authentication"
    migrated = run("user_migration", source, password="Correct-horse-7")["response"]
    assert migrated["finalUserStatus"] == "CONFIRMED"
    assert migrated["userAttributes"]["email_verified"] == "true"
    with pytest.raises(FunctionFailed, match="Bad password"):
        run("user_migration", source, password="Wrong-horse-9")
    assert run("user_migration", "UserMigration_ForgotPassword")["response"]["userAttributes"]


def test_message_examples(run: Run, listener: Listener) -> None:
    worded = run("custom_message", "CustomMessage_ForgotPassword", codeParameter="{####}")
    assert "{####}" in worded["response"]["emailMessage"]
    code = sender_codes.encrypt(KMS_KEY, bytes(32), "123456", "us-east-1_A")
    run("custom_email_sender", "CustomEmailSender_SignUp", code=code)
    run("custom_sms_sender", "CustomSMSSender_SignUp", code=code)
    assert listener.heard == [
        {"to": "ada@example.com", "template": "SignUp", "code": "123456", "id": "abc"},
        {"to": "+15555550123", "text": "123456 is your code."},
    ]


def test_examples_of_our_own_triggers(run: Run) -> None:
    before = {**ADA, "email": "old@example.com"}
    assert run("attribute_change", previousAttributes=before) == ["email"]
    run("user_deletion")
    run("pre_forgot_password", clientMetadata={"captcha": "solved"})
    with pytest.raises(FunctionFailed, match="captcha"):
        run("pre_forgot_password", clientMetadata={})


def test_inbound_federation(run: Run) -> None:
    def come(email: str) -> Any:
        attributes = {"idToken": {"sub": "1", "email": email}, "userInfo": {}, "tokenResponse": {}}
        return run("inbound_federation", providerName="Company", attributes=attributes)

    answer = come("ADA@example.com")
    assert answer["response"]["userAttributesToMap"] == {"sub": "1", "email": "ada@example.com"}
    with pytest.raises(FunctionFailed, match="Only people of Example"):
        come("ada@elsewhere.example")
