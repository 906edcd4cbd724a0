"""What clients say: sign-ins over the AWS wire, grants, authorization requests, API calls."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import gmpy2

from bench import srp
from bench.load import Answer, Conversation, Refused, request

JSON_1_1 = "application/x-amz-json-1.1"
MOST_REDIRECTS = 8
FORM = "application/x-www-form-urlencoded"
VERIFIER = "bench-verifier-bench-verifier-bench-verifier-1"
CHALLENGE = "NUGUhnWdJeRnEkdRXnLio2MplPNXu64c5QS6jh4G0lI"


@dataclass(frozen=True)
class UserPoolClient:
    """An app client of a server that speaks cognito-idp, and the people who use it."""

    host: str
    pool_id: str
    client_id: str
    usernames: tuple[str, ...]
    password: str

    def call(self, operation: str, **members: Any) -> bytes:
        """A request to an operation that takes no signature."""
        headers = {
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            "Content-Type": JSON_1_1,
        }
        body = json.dumps({"ClientId": self.client_id, **members}).encode()
        return request("POST", "/", self.host, headers, body)

    def initiate(self, flow: str, **parameters: str) -> bytes:
        return self.call("InitiateAuth", AuthFlow=flow, AuthParameters=parameters)

    def password_sign_ins(self) -> Iterator[Conversation]:
        requests = [
            self.initiate("USER_PASSWORD_AUTH", USERNAME=username, PASSWORD=self.password)
            for username in self.usernames
        ]
        for each in cycle(requests):
            yield _expecting(each, b"AccessToken")

    def refreshes(self, refresh_tokens: list[str]) -> Iterator[Conversation]:
        requests = [self.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=t) for t in refresh_tokens]
        for each in cycle(requests):
            yield _expecting(each, b"AccessToken")

    def srp_sign_ins(self) -> Iterator[Conversation]:
        keys = cycle([srp.Ephemeral(gmpy2.mpz(2**127 + 97 * n)) for n in range(64)])
        for username in cycle(self.usernames):
            yield self._srp_sign_in(username, next(keys))

    def _srp_sign_in(self, username: str, mine: srp.Ephemeral) -> Conversation:
        first = yield self.initiate("USER_SRP_AUTH", USERNAME=username, SRP_A=mine.public)
        challenged = json.loads(first.expect(200).body)
        proof = srp.answer(self.pool_id, self.password, mine, challenged["ChallengeParameters"])
        last = yield self.call(
            "RespondToAuthChallenge",
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=proof,
            **({"Session": challenged["Session"]} if challenged.get("Session") else {}),
        )
        _contains(last, b"AccessToken")


@dataclass(frozen=True)
class RelyingParty:
    """A client of an OAuth server. `resource` asks for JWT access tokens, where one must ask."""

    host: str
    token_endpoint: str
    authorization_endpoint: str
    client_id: str
    client_secret: str = ""
    redirect_uri: str = "http://localhost:3000/callback"
    scope: str = "openid"
    resource: str = ""

    def token_request(self, **fields: str) -> bytes:
        headers = {"Content-Type": FORM}
        fields = {**fields, **({"resource": self.resource} if self.resource else {})}
        if self.client_secret:
            pair = f"{self.client_id}:{self.client_secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            fields["client_id"] = self.client_id
        return request("POST", self.token_endpoint, self.host, headers, urlencode(fields).encode())

    def client_credentials(self) -> Iterator[Conversation]:
        wanted = self.token_request(grant_type="client_credentials", scope=self.scope)
        while True:
            yield _expecting(wanted, b"access_token")

    def code_exchanges(self, codes: list[str]) -> Iterator[Conversation]:
        for code in codes:
            yield _expecting(
                self.token_request(
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=self.redirect_uri,
                    code_verifier=VERIFIER,
                ),
                b"id_token",
            )

    def authorizations(
        self, count: int, cookies: dict[str, str], take: Callable[[str], None]
    ) -> Iterator[Conversation]:
        """Authorization requests of someone who is signed in; `take` is given each code."""
        for _ in range(count):
            yield self._authorization(dict(cookies), take)

    def _authorization(self, cookies: dict[str, str], take: Callable[[str], None]) -> Conversation:
        target = f"{self.authorization_endpoint}?{urlencode(self.authorization_request())}"
        for _ in range(MOST_REDIRECTS):
            if target.startswith(self.redirect_uri):
                return take(parse_qs(urlsplit(target).query)["code"][0])
            parts = urlsplit(target)
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            answer = yield request("GET", path, self.host, {"Cookie": cookie_header(cookies)})
            if answer.status not in (302, 303):
                answer.expect(302)
            cookies.update(answer.cookies)
            target = urljoin(target, answer.headers["location"])
        raise Refused(f"redirected to {target}, not back to the application")

    def authorization_request(self) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "bench",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **({"resource": self.resource} if self.resource else {}),
        }


def proxied(path: str, host: str, *tokens: str) -> Iterator[Conversation]:
    """Calls to an API, with one access token after the other, or with none."""
    headers = [{"Authorization": f"Bearer {token}"} for token in tokens] or [{}]
    calls = [request("GET", path, host, each) for each in headers]
    for call in cycle(calls):
        yield _expecting(call, b"payload")


def cookie_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _expecting(sent: bytes, content: bytes) -> Conversation:
    answer = yield sent
    _contains(answer, content)


def _contains(answer: Answer, content: bytes) -> None:
    if content not in answer.expect(200).body:
        raise RuntimeError(f"{content!r} is not in {answer.body[:500]!r}")
