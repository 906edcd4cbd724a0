"""How functions are addressed."""

from __future__ import annotations

import pytest

from kernel.functions.errors import FunctionNotFound
from kernel.functions.names import parse_function_name

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"


@pytest.mark.parametrize(
    ("text", "module", "handler", "qualifier"),
    [
        ("greet", "greet", "handler", "$LATEST"),
        ("greet.main", "greet", "main", "$LATEST"),
        ("pre-sign_up:PROD", "pre-sign_up", "handler", "PROD"),
        ("greet:$LATEST", "greet", "handler", "$LATEST"),
        (ARN + "greet", "greet", "handler", "$LATEST"),
        (ARN + "greet.main:7", "greet", "main", "7"),
        ("123456789012:function:greet", "greet", "handler", "$LATEST"),
        (
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:greet",
            "greet",
            "handler",
            "$LATEST",
        ),
    ],
)
def test_every_form_of_address_is_read(text, module, handler, qualifier) -> None:
    name = parse_function_name(text)
    assert (name.module, name.handler, name.qualifier) == (module, handler, qualifier)


def test_the_arn_keeps_what_was_given_and_takes_the_rest_from_the_instance() -> None:
    assert parse_function_name(ARN + "greet:7").arn("us-east-1", "0" * 12) == ARN + "greet:7"
    made = parse_function_name("greet").arn("us-east-1", "000000000000")
    assert made == "arn:aws:lambda:us-east-1:000000000000:function:greet"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "../secret",
        "a/b",
        "a\\b",
        "/etc/passwd",
        "a..b",
        ".a",
        "a.b.c",
        "a._private",
        "a.__class__",
        "a\x00",
        "a\n",
        "a b",
        "ä",
        "a" * 65,
        "a:",
        "a:b:c",
        ARN,
        ARN + "../a",
        "arn:aws:s3:::bucket",
        "arn:aws:lambda:eu-west-1:1:function:a",
        "arn:aws:lambda:../x:123456789012:function:a",
    ],
)
def test_what_could_be_a_path_or_is_no_name_is_not_found(text, functions) -> None:
    with pytest.raises(FunctionNotFound):
        parse_function_name(text)
    with pytest.raises(FunctionNotFound):
        functions.invoke(text, {})
