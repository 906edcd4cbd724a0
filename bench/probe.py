"""`python -m bench.probe PORT SECONDS` prints the p99 of GET /health, in milliseconds."""

from __future__ import annotations

import socket
import sys
import time

from bench.load import request

PERIOD_SECONDS = 0.01


def probe(port: int, seconds: float) -> float:
    """Ask every 10 ms; the 99th percentile of the time until the answer, in seconds."""
    asked, delays = request("GET", "/health", f"localhost:{port}"), []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.perf_counter() + seconds
        while (begin := time.perf_counter()) < end:
            connection.sendall(asked)
            connection.recv(65536)
            delays.append(time.perf_counter() - begin)
            time.sleep(max(0.0, PERIOD_SECONDS - delays[-1]))
    return sorted(delays)[int(len(delays) * 0.99)]


if __name__ == "__main__":
    print(probe(int(sys.argv[1]), float(sys.argv[2])) * 1000)
