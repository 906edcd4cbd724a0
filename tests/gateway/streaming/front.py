"""The real server with a data plane before a backend: run by tests, prints its port.

Arguments: the backend's URL, and as JSON how to shorten time-outs, in seconds, and perhaps the PEM
file with which it serves TLS.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import json
import socket
import ssl
import sys
from types import SimpleNamespace

import gevent

from gateway.snapshot import (
    AccessLog,
    Api,
    HttpProxyIntegration,
    RestIntegration,
    RestSettings,
    Route,
    Snapshot,
    Stage,
)
from kernel.tokens.issuers import LocalIssuers
from poolgate.server import body, handler, server
from poolgate.server.tls import Tls
from tests.gateway.plane import ACCOUNT, Plane

LOG = AccessLog("log", "$context.status $context.error.message")


def apis(backend: str, timeout_ms: int) -> list[Api]:
    """An HTTP API `http` and a REST API `rest`, both with the path `/s`."""
    http = HttpProxyIntegration(f"{backend}/s", timeout_ms=timeout_ms)
    rest = RestIntegration("HTTP_PROXY", "ANY", f"{backend}/s", timeout_ms, streams=True)
    own = {"account": ACCOUNT, "region": "us-east-1"}
    of_http = Stage("$default", [Route("ANY /s", http)], access_log=LOG)
    of_rest = Stage("prod", [Route("ANY /s", rest)], access_log=LOG, rest=RestSettings())
    return [
        Api("http", "pets", {"$default": of_http}, **own),
        Api("rest", "pets", {"prod": of_rest}, "REST", **own),
    ]


def main() -> None:
    backend, options = sys.argv[1], json.loads(sys.argv[2])
    for name in ("FIRST_BYTE_SECONDS", "KEEP_ALIVE_SECONDS", "HEAD_SECONDS", "WRITE_SECONDS"):
        setattr(handler, name, options.get(name, getattr(handler, name)))
    slowest = options.get("SLOWEST_BYTES_PER_SECOND", body.SLOWEST_BYTES_PER_SECOND)
    handler.SLOWEST_BYTES_PER_SECOND = body.SLOWEST_BYTES_PER_SECOND = slowest
    body.PATIENCE_SECONDS = options.get("PATIENCE_SECONDS", body.PATIENCE_SECONDS)
    server.IDLE_CHECK_SECONDS = 0.1
    server.MOST_CONNECTIONS = options.get("MOST_CONNECTIONS", server.MOST_CONNECTIONS)
    server.PRESSED_SECONDS = options.get("PRESSED_SECONDS", server.PRESSED_SECONDS)
    plane = Plane(SimpleNamespace(issuers=LocalIssuers))
    plane.pool.idle = options.get("idle", 60.0)
    plane.holder.swap(Snapshot.of(apis(backend, options.get("timeout_ms", 60_000))))

    def app(environ, start_response):
        """`/_state` shows the connections to backends, and the last line of the log."""
        if environ["PATH_INFO"] != "/_state":
            return plane.app(environ, start_response)
        shown = {
            "open": sum(each.open for each in plane.pool._origins.values()),
            "lines": [line for _, line in plane.lines],
        }
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(shown).encode()]

    tls = None
    if options.get("certificate"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["certificate"])
        tls = Tls(context)
    listener = socket.create_server(("127.0.0.1", 0))
    served = server.Server(listener, app, tls=tls)
    served.start()
    print(listener.getsockname()[1], flush=True)
    gevent.get_hub().join()
    gevent.sleep(3600)


if __name__ == "__main__":
    main()
