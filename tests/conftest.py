"""Fixtures of the whole suite: real servers, one module each in tests/servers.

- `postgres_url`, `fresh_postgres_url`, `valkey_url`, `smtp_server`, `http_echo`: what Poolgate uses
- `database`: units of work on an empty SQLite file and on an empty PostgreSQL database
- `poolgate_server`, `start_poolgate`: `poolgate serve` in a process of its own
- `application`: a user pool and an app client on `poolgate_server`
- `browser`, `page`: chromium; `node`: a script of tests/conformance/node
- `slapd`: a directory
- `aws`: the AWS CLI on `poolgate_server`
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

pytest_plugins = (
    "tests.servers.run",
    "tests.servers.operations_seen",
    "tests.servers.postgres",
    "tests.servers.valkey",
    "tests.servers.smtp",
    "tests.servers.echo",
    "tests.servers.nginx",
    "tests.servers.apache",
    "tests.servers.storage",
    "tests.servers.poolgate_server",
    "tests.servers.tls_poolgate",
    "tests.servers.application",
    "tests.servers.browser",
    "tests.servers.node",
    "tests.servers.slapd",
    "tests.servers.command_line",
)


@pytest.fixture(autouse=True)
def same_umask() -> Iterator[None]:
    """A command that a test runs in this process makes what it writes private: later tests have
    servers that run as other users."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
