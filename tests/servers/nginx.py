"""A real nginx, where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.servers.certificates import write_certificate
from tests.servers.run import free_port

PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
# Its workers become another user, who cannot read a test's folder.
USER = "user root;" if os.getuid() == 0 else ""
CONFIGURATION = """
{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 128; }}
http {{
    access_log off; default_type text/plain;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{probe}; return 204; }}
    {servers}
}}
"""

Start = Callable[[str], None]
SECURE_NAME = "inner.example"
SECURE = """
server {{
    listen 127.0.0.1:{port} ssl; keepalive_requests 1000;
    ssl_certificate {pem}; ssl_certificate_key {pem}; {more}
    location / {{ return 200 "$ssl_server_name $connection $ssl_client_fingerprint"; }}
}}
"""


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Start]:
    """Starts nginx with some `server` blocks; ports are the test's own choice."""
    if PROGRAM is None:
        pytest.skip("nginx is not installed")
    started: list[subprocess.Popen[bytes]] = []

    def start(servers: str) -> None:
        folder, probe = tmp_path / "nginx", free_port()
        folder.mkdir()
        file = folder / "nginx.conf"
        file.write_text(
            CONFIGURATION.format(user=USER, folder=folder, probe=probe, servers=servers)
        )
        started.append(
            subprocess.Popen(
                [PROGRAM, "-p", str(folder), "-c", str(file), "-e", f"{folder}/error.log"],
                stderr=subprocess.DEVNULL,
            )
        )
        _wait_for(f"http://127.0.0.1:{probe}/", folder)

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


@pytest.fixture
def secure_nginx(tmp_path: Path, nginx: Start) -> Callable[..., str]:
    """Starts nginx with `inner.example.pem`, of that name and its address; the URL.

    It answers the name that it was called by, its connection's number and the fingerprint of the
    client's certificate; `more` are directives.
    """
    pem = write_certificate(tmp_path, SECURE_NAME, "127.0.0.1")

    def start(more: str = "") -> str:
        port = free_port()
        nginx(SECURE.format(port=port, pem=pem, more=more))
        return f"https://127.0.0.1:{port}"

    return start


def _wait_for(url: str, folder: Path) -> None:
    ends = time.monotonic() + 10
    while True:
        try:
            urlopen(url, timeout=1).close()
            return
        except HTTPError:
            return
        except (URLError, OSError):
            if time.monotonic() > ends:
                raise TimeoutError((folder / "error.log").read_text()) from None
            time.sleep(0.02)
