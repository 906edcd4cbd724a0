"""An answer about a user who does not exist is as long as one about a user who does."""

from __future__ import annotations

from typing import Any

from tests.servers.application import Application, new_address


def challenge(application: Application, username: str) -> dict[str, Any]:
    answer = application.cognito.initiate_auth(
        ClientId=application.client_id,
        AuthFlow="USER_SRP_AUTH",
        AuthParameters={"USERNAME": username, "SRP_A": "abcdef"},
    )
    parameters: dict[str, Any] = answer["ChallengeParameters"]
    return parameters


def test_the_length_of_a_secret_block_does_not_tell_who_exists(application: Application) -> None:
    missing = new_address()
    present = application.sign_up(new_address()).email
    assert len(missing) == len(present)
    lengths = [
        {len(challenge(application, name)["SECRET_BLOCK"]) for _ in range(5)}
        for name in (present, missing)
    ]
    # The moment at which it expires is a number of which some are written shorter by a few digits.
    assert abs(max(lengths[0]) - max(lengths[1])) <= 16
    names = [challenge(application, name)["USER_ID_FOR_SRP"] for name in (present, missing)]
    assert len(names[0]) == len(names[1])
