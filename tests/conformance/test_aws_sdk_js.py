"""The AWS SDK for JavaScript v3: unsigned and signed calls."""

from __future__ import annotations

from tests.servers.application import PASSWORD, Application
from tests.servers.node import RunScript
from tests.servers.poolgate_server import ACCESS_KEY_ID, SECRET_ACCESS_KEY


def test_signed_and_unsigned_calls(node: RunScript, application: Application) -> None:
    person = application.sign_up()
    seen = node(
        "aws-sdk",
        endpoint=application.server.url,
        region=application.region,
        poolId=application.pool_id,
        clientId=application.client_id,
        email=person.email,
        password=PASSWORD,
        credentials={"accessKeyId": ACCESS_KEY_ID, "secretAccessKey": SECRET_ACCESS_KEY},
    )
    assert seen["self"] == person.sub
    assert seen["status"] == "CONFIRMED"
    assert seen["listed"] == [person.sub]
    assert seen["wrong"]["name"] == "NotAuthorizedException"
    assert seen["revoked"]["name"] == "NotAuthorizedException"
