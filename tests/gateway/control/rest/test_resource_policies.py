from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.control.errors import Invalid
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree

ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "execute-api:Invoke",
    "Resource": "execute-api:/*",
}


def _text(*statements: Any, **document: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **document})


@pytest.mark.parametrize(
    "statement",
    [
        ALLOW,
        {**ALLOW, "Effect": "Deny", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {**ALLOW, "Principal": {"AWS": ["arn:aws:iam::111111111111:root", "222222222222"]}},
        {**ALLOW, "Resource": ["execute-api:/dev/GET/pets", "arn:aws:execute-api:*:*:*/*"]},
        {**ALLOW, "Action": ["execute-api:Invoke", "execute-api:InvalidateCache"]},
    ],
)
def test_policies_of_the_guide_are_taken(caller: Caller, statement: dict[str, Any]) -> None:
    tree = Tree.planted(caller)

    tree.patch("UpdateRestApi", ("replace", "/policy", _text(statement)))

    stored = json.loads(tree.stored()["policy"])["Statement"][0]
    assert {**stored, "Resource": 0} == {**statement, "Resource": 0}


def test_short_resources_are_spelled_out(caller: Caller) -> None:
    tree = Tree.planted(caller, policy=_text({**ALLOW, "Resource": "execute-api:/dev/GET/*"}))

    stored = json.loads(tree.stored()["policy"])

    arn = f"arn:aws:execute-api:us-east-1:000000000000:{tree.api}/dev/GET/*"
    assert stored["Statement"][0]["Resource"] == [arn]


def test_policy_is_answered_escaped_as_aws_answers_it(caller: Caller) -> None:
    tree = Tree.planted(caller, policy=_text(ALLOW))

    answered = tree("GetRestApi")["policy"]

    assert json.loads(f'"{answered}"') == tree.stored()["policy"]


def test_policy_survives_unrelated_changes(caller: Caller) -> None:
    tree = Tree.planted(caller, policy=_text(ALLOW))
    before = tree.stored()["policy"]

    tree.patch("UpdateRestApi", ("replace", "/name", "dogs"))

    assert tree.stored()["policy"] == before


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        _text(),
        _text(7),
        _text({**ALLOW, "Effect": "Maybe"}),
        _text({name: ALLOW[name] for name in ALLOW if name != "Principal"}),
        _text({name: ALLOW[name] for name in ALLOW if name != "Resource"}),
        _text({name: ALLOW[name] for name in ALLOW if name != "Action"}),
        _text({**ALLOW, "NotPrincipal": "*"}),
        _text(
            {**{name: ALLOW[name] for name in ALLOW if name != "Principal"}, "NotPrincipal": "*"}
        ),
        _text({**ALLOW, "Principal": {}}),
        _text({**ALLOW, "Principal": {"Dog": "*"}}),
        _text({**ALLOW, "Principal": {"AWS": [7]}}),
        _text({**ALLOW, "Principal": ["*"]}),
        _text({**ALLOW, "Action": "s3:GetObject"}),
        _text({**ALLOW, "Action": "Invoke"}),
        _text({**ALLOW, "Action": 7}),
        _text({**ALLOW, "Resource": "pets"}),
        _text({**ALLOW, "Resource": {"a": 1}}),
        _text({**ALLOW, "Condition": {"IpAddress": {"aws:SourceIp": "nowhere"}}}),
        _text({**ALLOW, "Condition": {"SoundsLike": {"aws:SourceIp": "a"}}}),
        _text({**ALLOW, "Condition": []}),
        _text({**ALLOW, "Surprise": 1}),
        _text(ALLOW, Version="2020-01-01"),
        _text(ALLOW, Surprise=1),
        _text({**ALLOW, "Sid": "x" * 9000}),
        '{"Statement": ' + "[" * 4000,
        _text({**ALLOW, "Resource": 0}).replace(": 0", ": " + "[" * 900 + "]" * 900),
        _text({**ALLOW, "Condition": 0}).replace(": 0", ": " + '{"a":' * 900 + "0" + "}" * 900),
    ],
)
def test_malformed_policy_is_refused_in_the_words_of_aws(caller: Caller, text: str) -> None:
    tree = Tree.planted(caller)

    with pytest.raises(Invalid, match=r"Invalid policy document\. Please check the policy syntax"):
        tree.patch("UpdateRestApi", ("replace", "/policy", text))


def test_resources_that_grow_beyond_the_quota_are_refused(caller: Caller) -> None:
    tree = Tree.planted(caller)
    short = [f"execute-api:/{number}" for number in range(300)]

    with pytest.raises(Invalid, match="at most 8192 bytes"):
        tree.patch("UpdateRestApi", ("replace", "/policy", _text({**ALLOW, "Resource": short})))
