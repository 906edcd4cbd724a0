"""The token endpoint with an authorization code and PKCE: redeem once, sign two tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

from bench.conversations import FORM, RelyingParty, cookie_header
from bench.load import Answer, Conversation, drive, request
from bench.measurement import Contestant, Measurement
from bench.processes import per_cpu_second
from bench.rows.contestants import installed, limit
from bench.stage import CONNECTIONS, PASSWORD, Stage

CODES_PER_SECOND = 400
"""More than a CPU can redeem, so that none is left to make while the clock runs."""


def measure(stage: Stage) -> Measurement:
    def oidc_provider() -> Contestant:
        peer, page = stage.oidc_provider, stage.oidc_page
        return Contestant("oidc-provider", exchanges(peer.port, peer.process.pids, page, {}))

    others, missing = installed(limit("2 RSA-2048 signatures", 2), oidc_provider)
    page = RelyingParty(
        f"localhost:{stage.server.port}",
        "/oauth2/token",
        "/oauth2/authorize",
        stage.client.client_id,
    )
    session = sign_in(stage.server.port, page, stage.client.usernames[0])
    ours = exchanges(stage.server.port, stage.server_pids, page, session)
    title = "code-to-token exchange"
    return Measurement(title, "/CPU s", Contestant("Poolgate", ours), others, missing)


def exchanges(
    port: int, pids: list[int], page: RelyingParty, session: dict[str, str]
) -> Callable[[float], float]:
    """A round: codes are made first, while no clock runs, and then redeemed."""

    def run(seconds: float) -> float:
        codes: list[str] = []
        count = int(CODES_PER_SECOND * seconds)
        authorizations = page.authorizations(count, session, codes.append)
        drive(port, authorizations, connections=CONNECTIONS, seconds=120)

        def redeem() -> float:
            conversations = page.code_exchanges(codes)
            return drive(port, conversations, connections=CONNECTIONS, seconds=seconds)

        return per_cpu_second(pids, redeem)

    return run


def sign_in(port: int, page: RelyingParty, username: str) -> dict[str, str]:
    """The cookies of someone who has signed in at the hosted page."""
    cookies: dict[str, str] = {}

    def visit() -> Conversation:
        target = f"{page.authorization_endpoint}?{urlencode(page.authorization_request())}"
        answer, target = yield from follow(page, target, cookies)
        fields = dict(inputs(answer.body.decode()), username=username, password=PASSWORD)
        origin = f"http://{page.host}"
        headers = {
            "Content-Type": FORM,
            "Cookie": cookie_header(cookies),
            "Origin": origin,
            "Referer": urljoin(origin, target),
        }
        sent = yield request("POST", target, page.host, headers, urlencode(fields).encode())
        cookies.update(sent.expect(302).cookies)

    drive(port, iter([visit()]), connections=1, seconds=30)
    return cookies


def follow(
    page: RelyingParty, target: str, cookies: dict[str, str]
) -> Generator[bytes, Answer, tuple[Answer, str]]:
    """Follow redirects to the sign-in page; the answer and its address."""
    while True:
        answer: Answer = yield request("GET", target, page.host, {"Cookie": cookie_header(cookies)})
        cookies.update(answer.cookies)
        if answer.status not in (302, 303):
            return answer.expect(200), target
        parts = urlsplit(urljoin(target, answer.headers["location"]))
        target = f"{parts.path}?{parts.query}"


def inputs(html: str) -> dict[str, str]:
    """The fields of the page's form with their values."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        found[attributes["name"]] = unescape(attributes.get("value", ""))
    return found
