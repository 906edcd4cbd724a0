from __future__ import annotations

import inspect

import botocore.loaders
import pytest

from idp import errors
from idp.user_pools.aws_errors import AWS_CODES

EVERY_ERROR = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, errors.IdpError) and error is not errors.IdpError
]


@pytest.fixture(scope="module")
def codes_of_the_model() -> set[str]:
    model = botocore.loaders.Loader().load_service_model("cognito-idp", "service-2")
    return {name for name, shape in model["shapes"].items() if shape.get("exception")}


def test_every_code_is_an_error_of_the_service_model(codes_of_the_model):
    assert set(AWS_CODES.values()) <= codes_of_the_model


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_every_domain_error_has_a_code(error):
    assert any(base in AWS_CODES for base in error.__mro__)


def test_messages_are_amazon_cognitos_own_words():
    said = {
        errors.UserNotFound(): "User does not exist.",
        errors.NotAuthorized(): "Incorrect username or password.",
        errors.CodeMismatch(): "Invalid verification code provided, please try again.",
        errors.ExpiredCode(): "Invalid code provided, please request a code again.",
        errors.UsernameExists(): "User already exists",
        errors.UserAccountExists(): "User account already exists",
        errors.UserNotConfirmed(): "User is not confirmed.",
        errors.PasswordResetRequired(): "Password reset required for the user",
        errors.LimitExceeded(): "Attempt limit exceeded, please try after some time.",
        errors.PoolNotFound("p_1"): "User pool p_1 does not exist.",
        errors.ClientNotFound("c1"): "User pool client c1 does not exist.",
        errors.SecretHashMismatch("c1"): "Unable to verify secret hash for client c1",
        errors.UserLambdaValidation("PreSignUp", "no."): "PreSignUp failed with error no.",
    }
    for error, message in said.items():
        assert (error.message, str(error)) == (message, message)
