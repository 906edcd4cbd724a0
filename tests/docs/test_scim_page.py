"""The commands of docs/scim.md work as they are printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.test_commands import ROOT, blocks
from tests.servers.poolgate_server import Poolgate

PAGE = ROOT / "docs" / "scim.md"
POOL, ORIGIN = "us-east-1_AbCdEfGhI", "https://login.example.com"


def test_the_page_s_commands_provision_a_user(poolgate_server: Poolgate, tmp_path: Path) -> None:
    made = poolgate_server.client("cognito-idp").create_user_pool(
        PoolName="printed", UsernameAttributes=["email"]
    )
    script = "set -e\n" + "\n".join(blocks(PAGE, "sh")).replace("curl ", "curl -fsS ")
    assert POOL in script
    assert ORIGIN in script
    script = script.replace(POOL, made["UserPool"]["Id"]).replace(ORIGIN, poolgate_server.url)
    programs = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "POOLGATE_INSTANCE": str(poolgate_server.instance),
        },
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"userName":"ada@example.com"') == 2
