"""Does the time of an answer tell who exists? `make timing`.

A client that hides who exists (PreventUserExistenceErrors) asks for people and for nobody in turns,
each name once. The two-sample Kolmogorov–Smirnov test says how likely it is that times as different
as these come from one distribution. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from typing import Any, NamedTuple

from bench.stage import Stage

DISTINGUISHABLE = 0.001
"""Below this probability the times are taken to differ. Three operations are compared, so chance
alone fails one run in some three hundred."""
PASSWORD = "Correct-horse-7"
WARM_UP = 20


class Comparison(NamedTuple):
    """Seconds that answers took, and how far apart they are."""

    operation: str
    present: Sequence[float]
    missing: Sequence[float]

    @property
    def distance(self) -> float:
        """The largest difference between the two cumulative distributions."""
        return distance(self.present, self.missing)

    @property
    def probability(self) -> float:
        """That one distribution gives samples this far apart."""
        return probability(self.distance, len(self.present), len(self.missing))


def distance(first: Sequence[float], second: Sequence[float]) -> float:
    """The Kolmogorov–Smirnov statistic of two samples."""
    ordered, other = sorted(first), sorted(second)
    return max(
        abs(bisect_right(ordered, at) / len(ordered) - bisect_right(other, at) / len(other))
        for at in (*ordered, *other)
    )


def probability(found: float, first: int, second: int) -> float:
    """The asymptotic p-value, with Stephens' correction for small samples."""
    root = math.sqrt(first * second / (first + second))
    scaled = (root + 0.12 + 0.11 / root) * found
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return min(1.0, max(0.0, sum(terms))) if scaled > 0.2 else 1.0


class Asker:
    """One connection of an application."""

    def __init__(self, port: int, client_id: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._client_id = client_id

    def time_of(self, operation: str, members: dict[str, Any]) -> float:
        """Seconds until the answer is read."""
        body = json.dumps({"ClientId": self._client_id, **members})
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        began = time.perf_counter()
        self._connection.request("POST", "/", body, headers)
        self._connection.getresponse().read()
        return time.perf_counter() - began


REQUESTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "InitiateAuth": lambda name: {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": name, "PASSWORD": "Wrong-horse-9"},
    },
    "ForgotPassword": lambda name: {"Username": name},
    "ResendConfirmationCode": lambda name: {"Username": name},
}


def compare(stage: Stage, samples: int) -> Iterator[Comparison]:
    """Each operation, for people and for nobody in a random order."""
    signed, pool_id = stage.server.client("cognito-idp"), stage.application.pool_id
    client = signed.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="timing",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]["ClientId"]
    present = [f"present{n:05d}@example.com" for n in range(samples)]
    missing = [f"missing{n:05d}@example.com" for n in range(samples)]
    for name in present:
        _create(signed, pool_id, name)
    asker = Asker(stage.server.port, client)
    for operation, members in REQUESTS.items():
        for n in range(WARM_UP):
            asker.time_of(operation, members(f"warm{n}@example.com"))
        names = [(name, True) for name in present] + [(name, False) for name in missing]
        random.shuffle(names)
        times: dict[bool, list[float]] = {True: [], False: []}
        for name, exists in names:
            times[exists].append(asker.time_of(operation, members(name)))
        yield Comparison(operation, times[True], times[False])


def _create(signed: Any, pool_id: str, name: str) -> None:
    verified = [
        {"Name": "email", "Value": name},
        {"Name": "email_verified", "Value": "true"},
    ]
    given = {"UserPoolId": pool_id, "Username": name}
    signed.admin_create_user(**given, MessageAction="SUPPRESS", UserAttributes=verified)
    signed.admin_set_user_password(**given, Password=PASSWORD, Permanent=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.timing", description=__doc__)
    parser.add_argument("--samples", type=int, default=600, help="of each kind (600)")
    samples = parser.parse_args(arguments).samples
    failed = False
    print(f"{'operation':24}{'people':>12}{'nobody':>12}{'distance':>10}{'p':>10}")
    with Stage(0) as stage:
        for each in compare(stage, samples):
            medians = [statistics.median(times) * 1e6 for times in (each.present, each.missing)]
            failed |= each.probability < DISTINGUISHABLE
            verdict = "DIFFERENT" if each.probability < DISTINGUISHABLE else "alike"
            print(
                f"{each.operation:24}{medians[0]:>9.0f} µs{medians[1]:>9.0f} µs"
                f"{each.distance:>10.3f}{each.probability:>10.4f}  {verdict}"
            )
    print(f"{samples} answers of each kind; medians; p below {DISTINGUISHABLE} tells them apart.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
