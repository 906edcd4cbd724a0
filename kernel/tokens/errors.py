"""Why a token is refused. Each reason is one sentence part, fit for `error_description`."""

from __future__ import annotations


class InvalidToken(Exception):
    """A token that must not be accepted; `reason` says why, without quoting it."""

    reason = "the token is not valid"

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or self.reason)
        self.reason = reason or self.reason


class Malformed(InvalidToken):
    reason = "the token is malformed"


class UnknownIssuer(InvalidToken):
    reason = "the token does not have a valid issuer"


class UnknownKey(InvalidToken):
    reason = "the token was not signed with a key of its issuer"


class WrongAlgorithm(InvalidToken):
    reason = "the token was signed with an algorithm that its key does not allow"


class BadSignature(InvalidToken):
    reason = "the token does not have a valid signature"


class Expired(InvalidToken):
    reason = "the token has expired"


class NotYetValid(InvalidToken):
    reason = "the token is not valid yet"


class Revoked(InvalidToken):
    reason = "the token has been revoked"
