"""`python -m bench.probe PORT SECONDS` prints the p99 of GET /health, in milliseconds."""

from __future__ import annotations

import sys
import time

from bench.load import Conversation, drive, request

PERIOD_SECONDS = 0.01


def probe(port: int, seconds: float) -> float:
    """Ask every 10 ms; the 99th percentile of the time until the whole answer, in seconds."""
    asked, delays = request("GET", "/health", f"localhost:{port}"), []
    end = time.perf_counter() + seconds

    def ask() -> Conversation:
        while (begin := time.perf_counter()) < end:
            answer = yield asked
            delays.append(time.perf_counter() - begin)
            answer.expect(200)
            time.sleep(max(0.0, PERIOD_SECONDS - delays[-1]))

    drive(port, iter([ask()]), connections=1, seconds=seconds)
    return sorted(delays)[int(len(delays) * 0.99)]


if __name__ == "__main__":
    print(probe(int(sys.argv[1]), float(sys.argv[2])) * 1000)
