"""Pebble, the ACME server for tests (Debian's package): every name is at 127.0.0.1."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.authority import Authority
from tests.servers.run import free_port, stop


@dataclass
class Pebble:
    """Validates by HTTP-01 at `http_port`. Its own certificate is from the authority in `ca`."""

    folder: Path
    http_port: int
    port: int
    ca: Path
    processes: list[subprocess.Popen[bytes]]

    @property
    def directory_url(self) -> str:
        return f"https://localhost:{self.port}/dir"

    @property
    def settings(self) -> dict[str, str]:
        return {"acme_directory_url": self.directory_url, "acme_ca_file": str(self.ca)}

    @property
    def orders(self) -> int:
        """How many orders were made, by its log."""
        return (self.folder / "log").read_text().count("Added order")

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
            process.wait(10)


def start_pebble(
    folder: Path, http_port: int, mac_keys: dict[str, str] | None = None, **environment: str
) -> Pebble:
    """Accounts must be bound to one of `mac_keys` where there are some. Skips the test where there
    is no pebble."""
    if not (shutil.which("pebble") and shutil.which("pebble-challtestsrv")):
        pytest.skip("no ACME server: `apt-get install pebble`")
    folder.mkdir(parents=True)
    authority = Authority("Pebble's own")
    authority.server("localhost").write(folder, "own")
    dns, management, port = (free_port() for _ in range(3))
    configuration: dict[str, Any] = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{free_port()}",
        "certificate": str(folder / "own.crt"),
        "privateKey": str(folder / "own.key"),
        "httpPort": http_port,
        "tlsPort": free_port(),
    }
    if mac_keys:
        configuration |= {
            "externalAccountBindingRequired": True,
            "externalAccountMACKeys": mac_keys,
        }
    (folder / "config.json").write_text(json.dumps({"pebble": configuration}))
    resolver = ["pebble-challtestsrv", "-defaultIPv6", "", "-dns01", f"127.0.0.1:{dns}"]
    for other in ("-http01", "-https01", "-tlsalpn01"):
        resolver += [other, ""]
    server = ["pebble", "-config", str(folder / "config.json"), "-dnsserver", f"127.0.0.1:{dns}"]
    with (folder / "log").open("wb") as log:
        processes = [
            subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**os.environ, "PEBBLE_VA_NOSLEEP": "1", **environment},
            )
            for command in ([*resolver, "-management", f"127.0.0.1:{management}"], server)
        ]
    made = Pebble(folder, http_port, port, authority.write(folder / "ca.pem"), processes)
    _wait(made)
    return made


def _wait(pebble: Pebble) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", pebble.port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                for process in pebble.processes:
                    stop(process.pid)
                raise RuntimeError((pebble.folder / "log").read_text()) from None
            time.sleep(0.02)
        else:
            return
