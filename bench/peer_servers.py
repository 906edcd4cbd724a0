"""The peers as processes. Each raises `Missing` where it is not installed; see install-peers.sh."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from string import Template

from bench.processes import ASKED_BY, SERVED_BY, Process, free_port

FOLDER = Path(__file__).parent / "peers"
PAYLOAD = '{"payload":"' + "x" * 1010 + '"}'
REDIRECT_URI = "http://localhost:3000/callback"
OIDC_SECRET = "bench-secret-of-the-machine"

NGINX_SERVING = Template("location / { default_type application/json; return 200 '$payload'; }")
NGINX_PROXYING = Template(
    "location / { proxy_pass http://upstream; proxy_http_version 1.1; "
    'proxy_set_header Connection ""; }'
)
NGINX_CACHING = Template("""
        location / {
            proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_cache replies; proxy_cache_valid 200 1h;
        }
""")
NGINX = Template("""
daemon off; worker_processes 1; pid $folder/nginx.pid; error_log $folder/error.log;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000000;
    client_body_temp_path $folder/body; proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi; uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
    proxy_cache_path $folder/cache keys_zone=replies:10m;
    upstream upstream { server 127.0.0.1:$upstream; keepalive 128; }
    server { listen 127.0.0.1:$port; $location }
}
""")


class Missing(RuntimeError):
    """A peer that is not installed; the message is its name."""


@dataclass(frozen=True)
class Peer:
    """A running peer and where it listens."""

    process: Process
    port: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


def upstream(folder: Path) -> Peer:
    """What is proxied to: 1 KiB of JSON, on the CPU of the clients."""
    try:
        location = NGINX_SERVING.substitute(payload=PAYLOAD)
        return _nginx(folder / "upstream", location, 1, ASKED_BY)
    except Missing:
        return _node("Node", "upstream", {}, ASKED_BY)


def nginx(folder: Path, upstream_port: int) -> Peer:
    """proxy_pass over kept-alive connections."""
    return _nginx(folder / "nginx", NGINX_PROXYING.substitute(), upstream_port, SERVED_BY)


def caching_nginx(folder: Path, upstream_port: int) -> Peer:
    """proxy_cache, which keeps its entries in files, or rather in the page cache."""
    location = NGINX_CACHING.substitute()
    return _nginx(folder / "caching-nginx", location, upstream_port, SERVED_BY)


def http_proxy(upstream_port: int, issuer: str) -> Peer:
    """npm's http-proxy behind jose's verification."""
    settings = {"UPSTREAM": f"http://127.0.0.1:{upstream_port}", "ISSUER": issuer}
    return _node("http-proxy + jose", "http_proxy", settings, SERVED_BY)


def oidc_provider() -> Peer:
    """npm's oidc-provider; its issuer is its address."""
    settings = {"SECRET": OIDC_SECRET, "REDIRECT_URI": REDIRECT_URI}
    return _node("oidc-provider", "oidc_provider", settings, SERVED_BY)


def cognito_local(folder: Path) -> Peer:
    """npm's cognito-local, with its files in a folder of its own."""
    script = FOLDER / "node_modules" / "cognito-local" / "lib" / "bin" / "start.js"
    if shutil.which("node") is None or not script.exists():
        raise Missing("cognito-local")
    return _start(["node", script], {"HOST": "127.0.0.1"}, folder)


def moto() -> Peer:
    """moto's server, from its own environment."""
    python = FOLDER / ".moto" / "bin" / "python"
    if not python.exists():
        raise Missing("moto server")
    port = free_port()
    command: list[str | Path] = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    return _listening(Process(command, environment={"PYTHONPATH": ""}), port)


def _node(name: str, script: str, settings: dict[str, str], cpus: frozenset[int]) -> Peer:
    if shutil.which("node") is None or not (FOLDER / "node_modules").exists():
        raise Missing(name)
    return _start(["node", FOLDER / f"{script}.mjs"], settings, cpus=cpus)


def _start(
    command: list[str | Path],
    settings: dict[str, str],
    folder: Path | None = None,
    cpus: frozenset[int] = SERVED_BY,
) -> Peer:
    port = free_port()
    environment = {**settings, "PORT": str(port), "NODE_ENV": "production"}
    return _listening(Process(command, environment=environment, folder=folder, cpus=cpus), port)


def _nginx(folder: Path, location: str, upstream_port: int, cpus: frozenset[int]) -> Peer:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise Missing("nginx")
    folder.mkdir()
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        NGINX.substitute(folder=folder, port=port, upstream=upstream_port, location=location)
    )
    command: list[str | Path] = [program, "-c", configuration, "-e", folder / "error.log"]
    return _listening(Process(command, cpus=cpus), port)


def _listening(process: Process, port: int) -> Peer:
    process.wait_for(port)
    return Peer(process, port)
