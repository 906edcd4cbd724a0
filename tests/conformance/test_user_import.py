"""A user import by AWS's own steps, on a server as people start it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from tests.idp.user_pools.imports.import_world import ROLE
from tests.servers.poolgate_server import Poolgate

PASSWORD = "Correct-horse-7"
ROWS = 3_000


@pytest.fixture
def server(start_poolgate: Callable[..., Poolgate]) -> Poolgate:
    return start_poolgate()


def test_header_job_curl_start_and_a_sign_in(server: Poolgate, tmp_path: Path) -> None:
    admin, public = server.client("cognito-idp"), server.client("cognito-idp", signed=False)
    pool = admin.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    client = admin.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH",
                                                            "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    job = admin.create_user_import_job(
        UserPoolId=pool, JobName="move", CloudWatchLogsRoleArn=ROLE,
        PasswordHashingAlgorithm="BCRYPT",
    )["UserImportJob"]  # fmt: skip
    path = tmp_path / "users.csv"
    path.write_text(content(admin.get_csv_header(UserPoolId=pool)["CSVHeader"]))
    header = "x-amz-server-side-encryption:aws:kms"
    words = ["curl", "-sSf", "-T", str(path), "-H", header, job["PreSignedUrl"]]
    subprocess.run(words, check=True, timeout=30)
    admin.start_user_import_job(UserPoolId=pool, JobId=job["JobId"])
    done = ended(admin, pool, job["JobId"])
    assert (done["Status"], done["ImportedUsers"]) == ("Succeeded", ROWS)
    answer = public.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "user-7", "PASSWORD": PASSWORD},
    )  # fmt: skip
    assert answer["AuthenticationResult"]
    assert PASSWORD not in server.log.read_text()
    assert "$2b$" not in server.log.read_text()


def test_a_restarted_server_goes_on_with_a_job(server: Poolgate, tmp_path: Path) -> None:
    admin = server.client("cognito-idp")
    pool = admin.create_user_pool(PoolName="p", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    job = admin.create_user_import_job(UserPoolId=pool, JobName="m", CloudWatchLogsRoleArn=ROLE)
    job = job["UserImportJob"]
    path = tmp_path / "users.csv"
    columns = admin.get_csv_header(UserPoolId=pool)["CSVHeader"]
    path.write_text(content(columns, hashes=False))
    subprocess.run(["curl", "-sSf", "-T", str(path), job["PreSignedUrl"]], check=True, timeout=30)
    admin.start_user_import_job(UserPoolId=pool, JobId=job["JobId"])
    server.restart()
    done = ended(server.client("cognito-idp"), pool, job["JobId"])
    assert (done["Status"], done["ImportedUsers"]) == ("Succeeded", ROWS)


def content(columns: list[str], *, hashes: bool = True) -> str:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    columns = [*columns, "cognito:password_hash"] if hashes else columns
    lines = [",".join(columns)]
    for n in range(ROWS):
        row = {
            "cognito:username": f"user-{n}",
            "cognito:mfa_enabled": "false",
            "email": f"user-{n}@example.com",
            "email_verified": "true",
            "cognito:password_hash": hashed,
        }
        lines.append(",".join(row.get(column, "") for column in columns))
    return "\n".join(lines) + "\n"


def ended(admin: Any, pool: str, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 50
    while time.monotonic() < deadline:
        found = admin.describe_user_import_job(UserPoolId=pool, JobId=job_id)["UserImportJob"]
        if found["Status"] not in ("Pending", "InProgress"):
            return dict(found)
        time.sleep(0.1)
    raise TimeoutError(found)
