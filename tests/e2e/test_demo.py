"""What `make run` prints works when it is copied and pasted."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.servers.poolgate_server import Poolgate


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    server = Poolgate(tmp_path_factory.mktemp("demo") / "instance", arguments=("--demo",)).start()
    yield suggestions(server)
    server.stop()


def suggestions(server: Poolgate) -> dict[str, str]:
    """The printed lines by their label."""
    lines = re.findall(r"^  (Sign in|AWS CLI|curl|boto3) +(\S.*)$", server.log.read_text(), re.M)
    return dict(lines)


def pasted(line: str, home: Path) -> str:
    """What a shell answers to a line that has settings for another AWS account."""
    foreign = {
        "AWS_PROFILE": "work",
        "AWS_ACCESS_KEY_ID": "AKIAOTHER",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), **foreign}
    done = subprocess.run(
        ["bash", "-c", line], env=environment, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hosted_page_opens(printed: dict[str, str]) -> None:
    with urlopen(printed["Sign in"]) as page:
        assert "Sign in" in page.read().decode()


def test_aws_cli_line_lists_the_demo_user(printed: dict[str, str], tmp_path: Path) -> None:
    users = json.loads(pasted(printed["AWS CLI"], tmp_path))["Users"]
    assert "demo@example.com" in json.dumps(users)


def test_curl_line_calls_the_protected_api(printed: dict[str, str], tmp_path: Path) -> None:
    assert "orders" in json.loads(pasted(printed["curl"], tmp_path))


def test_boto3_line_shows_who_signed_in(printed: dict[str, str], tmp_path: Path) -> None:
    assert "demo@example.com" in pasted(printed["boto3"], tmp_path)


def test_demo_is_made_once(start_poolgate: Callable[..., Poolgate]) -> None:
    server = start_poolgate("--demo")
    first = suggestions(server)["curl"]
    server.log.write_text("")
    server.restart()
    assert suggestions(server)["curl"] == first


def test_demo_follows_the_server_to_another_port(tmp_path: Path) -> None:
    """The second server finds what the first one made, and its lines work at the new address."""
    first = Poolgate(tmp_path / "instance", arguments=("--demo",)).start()
    pool = re.findall(r"--user-pool-id (\S+)", suggestions(first)["AWS CLI"])
    first.stop()
    second = Poolgate(tmp_path / "instance", arguments=("--demo",)).start()
    try:
        lines = suggestions(second)
        assert re.findall(r"--user-pool-id (\S+)", lines["AWS CLI"]) == pool
        assert str(second.port) in lines["curl"]
        assert "orders" in json.loads(pasted(lines["curl"], tmp_path))
    finally:
        second.stop()


def test_demo_user_is_put_back_at_each_start(start_poolgate: Callable[..., Poolgate]) -> None:
    server = start_poolgate("--demo")
    signed = server.client("cognito-idp")
    pool_id = suggestions(server)["AWS CLI"].rpartition(" ")[2]
    (user,) = signed.list_users(UserPoolId=pool_id)["Users"]
    named = {"UserPoolId": pool_id, "Username": user["Username"]}
    signed.admin_set_user_password(**named, Password="Changed-pass-1", Permanent=True)
    signed.admin_disable_user(**named)
    server.stop()
    server.start()
    (after,) = signed.list_users(UserPoolId=pool_id)["Users"]
    assert after["Username"] == user["Username"]
    assert after["Enabled"]
    assert "lighthouse" in pasted(suggestions(server)["curl"], server.instance)
