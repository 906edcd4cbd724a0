"""InitiateAuth with REFRESH_TOKEN_AUTH: find the family, sign two tokens."""

from __future__ import annotations

import json

from bench.conversations import UserPoolClient
from bench.load import Answer, Conversation, drive
from bench.measurement import Contestant, Measurement
from bench.rows.contestants import installed, limit
from bench.stage import Stage, rate


def measure(stage: Stage) -> Measurement:
    def moto() -> Contestant:
        peer, client = stage.moto
        refreshes = client.refreshes(refresh_tokens(peer.port, client))
        return Contestant("moto server", rate(peer.port, peer.process.pids, refreshes))

    def cognito_local() -> Contestant:
        peer, client = stage.cognito_local
        refreshes = client.refreshes(refresh_tokens(peer.port, client))
        return Contestant("cognito-local", rate(peer.port, peer.process.pids, refreshes))

    others, missing = installed(limit("2 RSA-2048 signatures", 2), moto, cognito_local)
    port, client = stage.server.port, stage.client
    ours = rate(port, stage.server_pids, client.refreshes(refresh_tokens(port, client)))
    return Measurement("refresh", "/CPU s", Contestant("Poolgate", ours), others, missing)


def refresh_tokens(port: int, client: UserPoolClient) -> list[str]:
    """A refresh token for each person."""
    answers: list[Answer] = []

    def sign_in(username: str) -> Conversation:
        parameters = {"USERNAME": username, "PASSWORD": client.password}
        answers.append((yield client.initiate("USER_PASSWORD_AUTH", **parameters)))

    drive(port, map(sign_in, client.usernames), connections=4, seconds=60)
    return [
        json.loads(answer.expect(200).body)["AuthenticationResult"]["RefreshToken"]
        for answer in answers
    ]
