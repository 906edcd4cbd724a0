"""Passwords that came as hashes, in the clients' own hands.

A hash verifies a password that arrives as it is. The first one that is right leaves a verifier:
from then on the same client signs in by SRP.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import bcrypt
import pytest
from botocore.exceptions import ClientError

from tests.conformance.pycognito_client import pycognito_for
from tests.conformance.second_factors import script
from tests.idp.user_pools.imports.import_world import ROLE
from tests.servers.application import FLOWS, PASSWORD, Application, create_application
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

NAMES = ("amazon-cognito-identity-js", "aws-amplify", "pycognito")
ALLOWED = [*FLOWS, "ALLOW_ADMIN_USER_PASSWORD_AUTH"]


def address(name: str) -> str:
    return f"{name}@example.com"


@pytest.fixture(scope="module")
def moved(poolgate_server: Poolgate, tmp_path_factory: pytest.TempPathFactory) -> Application:
    """A pool of one imported person for each client."""
    made = create_application(poolgate_server, ExplicitAuthFlows=ALLOWED)
    admin = poolgate_server.client("cognito-idp")
    job = admin.create_user_import_job(
        UserPoolId=made.pool_id, JobName="move", CloudWatchLogsRoleArn=ROLE,
        PasswordHashingAlgorithm="BCRYPT",
    )["UserImportJob"]  # fmt: skip
    path = tmp_path_factory.mktemp("moved") / "users.csv"
    path.write_text(content(admin.get_csv_header(UserPoolId=made.pool_id)["CSVHeader"]))
    upload(path, job["PreSignedUrl"])
    which = {"UserPoolId": made.pool_id, "JobId": job["JobId"]}
    admin.start_user_import_job(**which)
    deadline = time.monotonic() + 30
    while admin.describe_user_import_job(**which)["UserImportJob"]["Status"] != "Succeeded":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return made


def content(columns: list[str]) -> str:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    columns = [*columns, "cognito:password_hash"]
    lines = [",".join(columns)]
    for name in NAMES:
        row = {
            "cognito:username": address(name),
            "cognito:mfa_enabled": "false",
            "email": address(name),
            "email_verified": "true",
            "cognito:password_hash": hashed,
        }
        lines.append(",".join(row.get(column, "") for column in columns))
    return "\n".join(lines) + "\n"


def upload(path: Path, url: str) -> None:
    subprocess.run(["curl", "-sSf", "-T", str(path), url], check=True, timeout=30)


@pytest.mark.parametrize("client", NAMES[:2])
def test_javascript_signs_in_by_password_and_then_by_srp(
    node: RunScript, moved: Application, client: str
) -> None:
    run = script(node, client, moved)
    answer = run(action="imported", email=address(client), password=PASSWORD)
    assert answer["first"]["access"]["sub"] == answer["second"]["access"]["sub"]


def test_pycognito_signs_in_by_password_and_then_by_srp(moved: Application) -> None:
    client = pycognito_for(moved, address("pycognito"))
    with pytest.raises(ClientError):
        client.authenticate(PASSWORD)  # there is no verifier yet
    client.admin_authenticate(PASSWORD)
    first = client.access_claims["sub"]
    client.authenticate(PASSWORD)
    assert client.access_claims["sub"] == first
