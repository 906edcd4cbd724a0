"""Events of the custom authentication triggers, and how long such a sign-in may go on.

Cognito developer guide, "Custom authentication challenge Lambda triggers": DefineAuthChallenge
decides from the history of the sign-in what comes next, CreateAuthChallenge makes a challenge,
VerifyAuthChallengeResponse judges its answer. What has another form than the guide's raises
`InvalidLambdaResponse`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from idp.errors import InvalidLambdaResponse
from idp.user_pools.rules.trigger_events import Texts, flag

NAME = "CUSTOM_CHALLENGE"

MOST_ROUNDS = 10
"""Challenges of one sign-in, built-in ones among them."""
MOST_WRONG_ANSWERS = 3
"""Of one sign-in. After each the function decides; after the last it can only end the sign-in."""
LARGEST = 65_536
"""Bytes of the parameters and the metadata of one challenge."""

DEFINE_RESPONSE: Mapping[str, Any] = {
    "challengeName": None,
    "issueTokens": None,
    "failAuthentication": None,
}
CREATE_RESPONSE: Mapping[str, Any] = {
    "publicChallengeParameters": None,
    "privateChallengeParameters": None,
    "challengeMetadata": None,
}
VERIFY_RESPONSE: Mapping[str, Any] = {"answerCorrect": None}


class Round(NamedTuple):
    """ChallengeResult: a challenge that was answered."""

    name: str
    result: bool
    metadata: str | None = None

    def document(self) -> dict[str, Any]:
        return {
            "challengeName": self.name,
            "challengeResult": self.result,
            "challengeMetadata": self.metadata,
        }


History = Sequence[Round]


@dataclass(frozen=True)
class Whom:
    """The members that all three requests share."""

    attributes: Texts
    """Empty for a user who does not exist."""
    metadata: Texts
    not_found: bool

    def document(self) -> dict[str, Any]:
        return {
            "userAttributes": dict(self.attributes),
            "clientMetadata": dict(self.metadata),
            "userNotFound": self.not_found,
        }


@dataclass(frozen=True)
class Definition:
    """What DefineAuthChallenge decides: the end of the sign-in, or its next challenge."""

    issue_tokens: bool = False
    fail: bool = False
    challenge: str | None = None


@dataclass(frozen=True)
class Created:
    """What CreateAuthChallenge makes."""

    public: Texts
    private: Texts = field(repr=False)
    metadata: str | None


def define_request(whom: Whom, history: History) -> dict[str, Any]:
    return {**whom.document(), "session": [each.document() for each in history]}


def read_definition(response: Mapping[str, Any]) -> Definition:
    """A refusal wins over tokens, and tokens over a challenge; one of the three must be there."""
    definition = Definition(
        issue_tokens=flag(response, "issueTokens"),
        fail=flag(response, "failAuthentication"),
        challenge=_text(response, "challengeName"),
    )
    if not (definition.issue_tokens or definition.fail or definition.challenge):
        raise InvalidLambdaResponse
    return definition


def create_request(whom: Whom, history: History) -> dict[str, Any]:
    return {**define_request(whom, history), "challengeName": NAME}


def read_created(response: Mapping[str, Any]) -> Created:
    created = Created(
        public=_texts(response, "publicChallengeParameters"),
        private=_texts(response, "privateChallengeParameters"),
        metadata=_text(response, "challengeMetadata"),
    )
    parts = [created.metadata or "", *_words(created.public), *_words(created.private)]
    if sum(len(part.encode()) for part in parts) > LARGEST:
        raise InvalidLambdaResponse
    return created


def verify_request(whom: Whom, private: Texts, answer: str) -> dict[str, Any]:
    return {
        **whom.document(),
        "privateChallengeParameters": dict(private),
        "challengeAnswer": answer,
    }


def read_verdict(response: Mapping[str, Any]) -> bool:
    """Whether the answer is right. Nothing but `true` says so."""
    return flag(response, "answerCorrect")


def may_go_on(history: History) -> bool:
    """Whether a further challenge may be posed."""
    wrong = sum(not each.result for each in history)
    return len(history) < MOST_ROUNDS and wrong < MOST_WRONG_ANSWERS


def _text(response: Mapping[str, Any], name: str) -> str | None:
    value = response.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidLambdaResponse
    return value or None


def _texts(response: Mapping[str, Any], name: str) -> Texts:
    value = response.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise InvalidLambdaResponse
    return value


def _words(texts: Texts) -> list[str]:
    return [word for pair in texts.items() for word in pair]
