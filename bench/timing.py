"""Does the time of an answer tell who exists? `make timing`.

A client that hides who exists (PreventUserExistenceErrors) asks for people and for nobody in turns,
each name once; of nobody's answers those count that read like the people's. The two-sample
Kolmogorov–Smirnov test says how likely it is that times as different as these come from one
distribution. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench.peer_servers import REDIRECT_URI
from bench.stage import Stage
from tests.idp.user_pools.operations.choosing import FACTORS, FLOWS, RP_ID, Authenticator
from tests.servers.application import web_client

DISTINGUISHABLE = 0.001
"""Below this probability the times are taken to differ. Twelve questions are compared, so chance
alone fails one run in some eighty."""
PASSWORD = "Correct-horse-7"
WRONG = "Wrong-horse-9"
PHONE = "+15551230001"
WARM_UP = 20


class Comparison(NamedTuple):
    """Seconds that answers took, and how far apart they are."""

    question: str
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


class Answer(NamedTuple):
    """How long it took, and the part of it that one asks for: a challenge, an error, a status."""

    seconds: float
    kind: str


class Asker:
    """One connection of an application."""

    def __init__(self, port: int, client_id: str) -> None:
        self._connection = HTTPConnection("localhost", port)
        self._client_id = client_id
        self._page = HostedPage("", {})

    def call(self, operation: str, members: dict[str, Any]) -> tuple[Answer, dict[str, Any]]:
        """An unsigned operation of cognito-idp, and its output."""
        body = json.dumps({"ClientId": self._client_id, **members})
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        seconds, response, text = self._time("POST", "/", body, headers)
        output = json.loads(text)
        kind = output.get("ChallengeName") or output.get("__type") or str(response.status)
        return Answer(seconds, kind), output

    def submit(self, name: str) -> Answer:
        """The hosted page's form that asks for a link."""
        if not self._page.headers:
            self._open()
        form = urlencode({"csrf_token": self._page.token, "username": name})
        seconds, response, _ = self._time("POST", self._path, form, self._page.headers)
        return Answer(seconds, str(response.status))

    @property
    def _path(self) -> str:
        query = {
            "client_id": self._client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "scope": "openid",
            "code_challenge": "A" * 43,
            "code_challenge_method": "S256",
        }
        return f"/magicLink?{urlencode(query)}"

    def _open(self) -> None:
        _, response, text = self._time("GET", self._path, "", {})
        cookies = response.headers.get_all("Set-Cookie") or []
        token = text.partition('name="csrf_token" value="')[2].partition('"')[0]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(cookie.partition(";")[0] for cookie in cookies),
        }
        self._page = HostedPage(token, headers)

    def _time(
        self, method: str, path: str, body: str, headers: dict[str, str]
    ) -> tuple[float, HTTPResponse, str]:
        began = time.perf_counter()
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        text = response.read()
        return time.perf_counter() - began, response, text.decode()


class HostedPage(NamedTuple):
    """What its form is sent with."""

    token: str
    headers: dict[str, str]


Question = Callable[[Asker, str], Answer]


def begin(flow: str, **parameters: str) -> Question:
    def ask(asker: Asker, name: str) -> Answer:
        given = {"USERNAME": name, **parameters}
        return asker.call("InitiateAuth", {"AuthFlow": flow, "AuthParameters": given})[0]

    return ask


def prefer(challenge: str, **parameters: str) -> Question:
    return begin("USER_AUTH", PREFERRED_CHALLENGE=challenge, **parameters)


def operation(name: str) -> Question:
    return lambda asker, username: asker.call(name, {"Username": username})[0]


def prove(asker: Asker, name: str) -> Answer:
    """A wrong proof of the password; what it answers is asked for before, and not timed."""
    given = {"USERNAME": name, "SRP_A": SRP_A}
    request = {"AuthFlow": "USER_SRP_AUTH", "AuthParameters": given}
    posed = asker.call("InitiateAuth", request)[1]["ChallengeParameters"]
    proof = {
        "USERNAME": posed["USER_ID_FOR_SRP"],
        "PASSWORD_CLAIM_SECRET_BLOCK": posed["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": "A" * 43 + "=",
        "TIMESTAMP": datetime.now(UTC).strftime("%a %b %-d %H:%M:%S UTC %Y"),
    }
    answer = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": proof}
    return asker.call("RespondToAuthChallenge", answer)[0]


SRP_A = "ab" * 384
QUESTIONS: dict[str, Question] = {
    "USER_PASSWORD_AUTH": begin("USER_PASSWORD_AUTH", PASSWORD=WRONG),
    "USER_SRP_AUTH": begin("USER_SRP_AUTH", SRP_A=SRP_A),
    "PASSWORD_VERIFIER": prove,
    "USER_AUTH": begin("USER_AUTH"),
    "USER_AUTH PASSWORD": prefer("PASSWORD", PASSWORD=WRONG),
    "USER_AUTH PASSWORD_SRP": prefer("PASSWORD_SRP", SRP_A=SRP_A),
    "USER_AUTH EMAIL_OTP": prefer("EMAIL_OTP"),
    "USER_AUTH SMS_OTP": prefer("SMS_OTP"),
    "USER_AUTH WEB_AUTHN": prefer("WEB_AUTHN"),
    "magic link": Asker.submit,
    "ForgotPassword": operation("ForgotPassword"),
    "ResendConfirmationCode": operation("ResendConfirmationCode"),
}


def compare(stage: Stage, samples: int, only: str = "") -> Iterator[Comparison]:
    """Each question, about people and about nobody by turns, in a random order."""
    client_id, present = audience(stage, samples)
    for name, question in QUESTIONS.items():
        if only in name:
            yield _compared(Asker(stage.server.port, client_id), name, question, present)


def _compared(asker: Asker, name: str, question: Question, present: Sequence[str]) -> Comparison:
    for n in range(WARM_UP):
        question(asker, f"warm{n}@example.com")
    kind = question(asker, present[0]).kind
    missing = (f"missing{n:06d}@example.com" for n in count())
    times: dict[bool, list[float]] = {True: [], False: []}
    for somebody in present[1:]:
        for exists in random.sample((True, False), 2):
            answers = (question(asker, name) for name in ([somebody] if exists else missing))
            times[exists].append(next(each.seconds for each in answers if each.kind == kind))
    return Comparison(name, times[True], times[False])


def audience(stage: Stage, samples: int) -> tuple[str, list[str]]:
    """A client that hides who exists, and people who have every factor."""
    signed = stage.server.client("cognito-idp")
    pool_id = signed.create_user_pool(
        PoolName="timing",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": FACTORS}},
    )["UserPool"]["Id"]
    passkeys = {"RelyingPartyId": RP_ID, "UserVerification": "preferred"}
    signed.set_user_pool_mfa_config(UserPoolId=pool_id, WebAuthnConfiguration=passkeys)
    client_id = signed.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="timing",
        ExplicitAuthFlows=FLOWS,
        PreventUserExistenceErrors="ENABLED",
        **web_client(REDIRECT_URI),
    )["UserPoolClient"]["ClientId"]
    instance = f"--instance={stage.server.instance}"
    program = Path(sys.executable).with_name("poolgate")
    command = [program, "clients", "magic-links", instance, client_id, "on"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    present = [f"present{n:06d}@example.com" for n in range(samples + 1)]
    for name in present:
        _create(signed, pool_id, name)
        _register(signed, client_id, name)
    return client_id, present


def _register(cognito: Any, client_id: str, name: str) -> None:
    """A passkey."""
    token = cognito.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["AccessToken"]
    started = cognito.start_web_authn_registration(AccessToken=token)
    made = Authenticator().create(started["CredentialCreationOptions"])
    cognito.complete_web_authn_registration(AccessToken=token, Credential=made)


def _create(signed: Any, pool_id: str, name: str) -> None:
    verified = [
        {"Name": "email", "Value": name},
        {"Name": "email_verified", "Value": "true"},
        {"Name": "phone_number", "Value": PHONE},
        {"Name": "phone_number_verified", "Value": "true"},
    ]
    given = {"UserPoolId": pool_id, "Username": name}
    signed.admin_create_user(**given, MessageAction="SUPPRESS", UserAttributes=verified)
    signed.admin_set_user_password(**given, Password=PASSWORD, Permanent=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.timing", description=__doc__)
    parser.add_argument("--samples", type=int, default=600, help="of each kind (600)")
    parser.add_argument("--only", default="", help="questions with this in their name")
    given = parser.parse_args(arguments)
    samples, failed = given.samples, False
    print(f"{'question':24}{'people':>12}{'nobody':>12}{'distance':>10}{'p':>10}")
    with Stage(0) as stage:
        for each in compare(stage, samples, given.only):
            medians = [statistics.median(times) * 1e6 for times in (each.present, each.missing)]
            failed |= each.probability < DISTINGUISHABLE
            verdict = "DIFFERENT" if each.probability < DISTINGUISHABLE else "alike"
            print(
                f"{each.question:24}{medians[0]:>9.0f} µs{medians[1]:>9.0f} µs"
                f"{each.distance:>10.3f}{each.probability:>10.4f}  {verdict}",
                flush=True,
            )
    print(f"{samples} answers of each kind; medians; p below {DISTINGUISHABLE} tells them apart.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
