"""Tokens that try to choose their own key or algorithm (RFC 8725 §2.1, §2.2, §3.1; RFC 7515 §10).

A pool of every algorithm is asked by each place that takes tokens: userInfo, the user's own
operations, token exchange, the logout hint, and what the gateway's authorizers verify with.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from idp.errors import IdpError
from idp.models import PoolSigningKey
from idp.user_pools.rules.key_rotation import Turn
from idp.user_pools.services import access
from kernel.tokens import keys
from kernel.tokens.encoding import decode, encode
from kernel.tokens.errors import InvalidToken
from kernel.tokens.keys import SigningKey, public_jwk
from kernel.tokens.signing import sign
from kernel.tokens.verification import Verifier
from tests.idp.oauth.moves import ACCESS, exchange
from tests.idp.oauth.test_signing_algorithms import ALGORITHMS, rotate
from tests.idp.oauth.world import LOGOUT, ORIGIN, Pkce, TestClient, World

SIGN_IN = "aws.cognito.signin.user.admin"
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass
class Target:
    """A pool, a genuine sign-in of it, and the key that signed that."""

    world: World
    client: TestClient
    service: TestClient
    tokens: Mapping[str, str]
    key: SigningKey

    def claims(self, name: str = "access_token") -> dict[str, Any]:
        return jwt.decode(self.tokens[name], options={"verify_signature": False})

    def places_that_take(self, access_token: str, id_token: str) -> list[str]:
        """Where a token opens something."""
        places = {
            "userInfo": lambda: self.world.user_info(access_token).status_code == 200,
            "operations": lambda: self._opens(access.authenticate, access_token),
            "gateway": lambda: self._verifies(access_token) or self._verifies(id_token),
            "exchange": lambda: "access_token" in self._exchange(access_token),
            "hint": lambda: self._hint(id_token) == LOGOUT,
        }
        return [name for name, opens in places.items() if opens()]

    def assert_refused(self, forge: Callable[[dict[str, Any]], str]) -> None:
        forged = (forge(self.claims()), forge(self.claims("id_token")))
        assert self.places_that_take(*forged) == []

    def _opens(self, take: Callable[..., Any], token: str) -> bool:
        try:
            take(self.world.kernel, token)
        except IdpError:
            return False
        return True

    def _verifies(self, token: str) -> bool:
        try:
            self.world.kernel.of(Verifier).verify(token)
        except InvalidToken:
            return False
        return True

    def _exchange(self, token: str) -> dict[str, Any]:
        given = {"subject_token": token, "subject_token_type": ACCESS}
        return exchange(self.world, self.service, **given)

    def _hint(self, token: str) -> str | None:
        query = {"id_token_hint": token, "post_logout_redirect_uri": LOGOUT}
        return self.world.browser().get("/logout?" + urlencode(query), base_url=ORIGIN).location


@pytest.fixture(params=ALGORITHMS)
def target(request: pytest.FixtureRequest, world: World, pool_id: str) -> Target:
    world.configure(pool_id, signing_algorithm=request.param)
    rotate(world, pool_id, Turn.AT_ONCE)
    client = world.client(pool_id, AllowedOAuthScopes=["openid", "email", SIGN_IN])
    service = world.client(
        pool_id, confidential=True, ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]
    )
    proof = Pkce()
    code = world.code(client, scope=f"openid email {SIGN_IN}", **proof.parameters)
    tokens = world.redeem(client, code, code_verifier=proof.verifier).json
    assert tokens
    row = next(row for row in world.rows(PoolSigningKey) if row.position == 0)
    pem = world.kernel.sealer.open(row.sealed_private_key, f"signing-key:{row.kid}")
    return Target(world, client, service, tokens, SigningKey.from_pem(row.kid, pem, request.param))


def forged(
    header: Mapping[str, Any], claims: Mapping[str, Any], seal: Callable[[bytes], bytes]
) -> str:
    message = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
    return f"{message}.{encode(seal(message.encode()))}"


def public_texts(key: SigningKey) -> dict[str, bytes]:
    """Everything that an attacker could take for a shared secret: the public key's spellings."""
    public = key.private_key.public_key()
    forms = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(serialization.Encoding.PEM, forms)
    texts = {
        "PEM": pem,
        "PEM stripped": pem.strip(),
        "DER": public.public_bytes(serialization.Encoding.DER, forms),
        "JWK": json.dumps(public_jwk(key)).encode(),
        "kid": key.kid.encode(),
        "empty": b"",
    }
    member = public_jwk(key).get("n") or public_jwk(key)["x"]
    return {**texts, "number": member.encode(), "bytes": decode(member.encode())}


def test_the_genuine_tokens_open_every_place(target: Target) -> None:
    """Or the refusals below would prove nothing."""
    opened = target.places_that_take(target.tokens["access_token"], target.tokens["id_token"])
    assert opened == ["userInfo", "operations", "gateway", "exchange", "hint"]


def test_rfc8725_2_1_a_public_key_is_no_hmac_secret(target: Target) -> None:
    digests = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
    for secret in public_texts(target.key).values():
        for algorithm, digest in digests.items():
            header = {"alg": algorithm, "kid": target.key.kid}
            target.assert_refused(
                lambda claims, header=header, digest=digest, secret=secret: forged(
                    header, claims, lambda message: hmac.new(secret, message, digest).digest()
                )
            )


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "", "RS256 ", "rs256", "HS256"])
def test_rfc8725_2_1_no_algorithm_is_no_signature(target: Target, name: str) -> None:
    header = {"alg": name, "kid": target.key.kid}
    for seal in (b"", b"\0", b"x" * 64, b"x" * 256):
        target.assert_refused(
            lambda claims, seal=seal: forged(header, claims, lambda _message: seal)
        )


def test_rfc8725_3_1_a_key_signs_with_its_own_algorithm_alone(target: Target) -> None:
    """The right key, which nobody but the server has, under every other name. What an RSA key signs
    by the other scheme is right in itself."""
    private = target.key.private_key
    for algorithm in {*ALGORITHMS, "RS384", "RS512", "PS384", "PS512", "ES384", "Ed25519"}:
        if algorithm == target.key.algorithm:
            continue
        seals: list[Callable[[bytes], bytes]] = [target.key.sign]
        if isinstance(private, rsa.RSAPrivateKey):
            digest = {"384": hashes.SHA384(), "512": hashes.SHA512()}.get(
                algorithm[2:], hashes.SHA256()
            )
            pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            for scheme in (padding.PKCS1v15(), pss):
                seals.append(lambda message, s=scheme, d=digest: private.sign(message, s, d))
        for seal in seals:
            header = {"alg": algorithm, "kid": target.key.kid}
            target.assert_refused(
                lambda claims, header=header, seal=seal: forged(header, claims, seal)
            )


@pytest.mark.parametrize(
    "curve", [ec.SECP256K1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda c: c.name
)
def test_rfc8725_3_2_another_curve_does_not_sign(target: Target, curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)

    def seal(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        size = (curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    for algorithm in ("ES256", "ES256K", "ES384", "ES512"):
        header = {"alg": algorithm, "kid": target.key.kid}
        target.assert_refused(lambda claims, header=header: forged(header, claims, seal))


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 0), (1, 0), (0, 1), (ORDER_OF_P256, ORDER_OF_P256), (ORDER_OF_P256, 1), (1, 1)],
)
def test_rfc8725_3_2_a_signature_of_nothing_is_none(target: Target, r: int, s: int) -> None:
    """What some libraries took for right with every key and message."""
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    for algorithm in ("ES256", "EdDSA"):
        header = {"alg": algorithm, "kid": target.key.kid}
        target.assert_refused(
            lambda claims, header=header: forged(header, claims, lambda _: signature)
        )


@pytest.mark.parametrize("target", ["ES256"], indirect=True)
def test_rfc7518_3_4_a_der_signature_is_none(target: Target) -> None:
    private = target.key.private_key
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    header = {"alg": "ES256", "kid": target.key.kid}
    target.assert_refused(
        lambda claims: forged(
            header, claims, lambda message: private.sign(message, ec.ECDSA(hashes.SHA256()))
        )
    )


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str], dict[str, bytes]]]:
    """An attacker's server: its address, what was asked of it, and what it answers."""
    asked: list[str] = []
    answers: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = answers.get(self.path, b"{}")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked, answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_rfc7515_10_7_a_token_brings_no_key_and_names_no_address(
    target: Target, elsewhere: tuple[str, list[str], dict[str, bytes]]
) -> None:
    """Embedded `jwk` and `x5c`, and `jku` and `x5u` that lead to the attacker's server, with the
    genuine `kid` and with the attacker's own. Nothing is fetched."""
    address, asked, answers = elsewhere
    mine = keys.generate(target.key.algorithm)
    jwk = public_jwk(mine)
    answers["/jwks.json"] = json.dumps({"keys": [jwk, {**jwk, "kid": target.key.kid}]}).encode()
    brought = {
        "jwk": [jwk, {**jwk, "kid": target.key.kid}, json.dumps(jwk)],
        "jku": [f"{address}/jwks.json", f"//{address[7:]}/jwks.json"],
        "x5u": [f"{address}/chain.pem"],
        "x5c": [["MIIB"], []],
        "x5t": ["AAAA"],
        "iss": [address],
    }
    for kid in (mine.kid, target.key.kid):
        for member, values in brought.items():
            for value in values:
                header = {"alg": mine.algorithm, "kid": kid, member: value}
                target.assert_refused(
                    lambda claims, header=header: forged(header, claims, mine.sign)
                )
    target.assert_refused(lambda claims: sign({**claims, "iss": address}, mine))
    assert asked == []


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../../../dev/null",
        "/dev/null",
        "..%2f..%2fetc%2fpasswd",
        "file:///etc/passwd",
        "http://127.0.0.1:1/key",
        "' OR '1'='1",
        "x' UNION SELECT 'AA",
        "| sleep 10",
        "\0",
        "é",
        "a" * 4000,
        "",
    ],
    ids=range(12),
)
def test_rfc8725_3_10_a_kid_is_a_name_and_nothing_else(target: Target, kid: str) -> None:
    mine = keys.generate(target.key.algorithm)
    empty = {"alg": "HS256", "kid": kid}
    target.assert_refused(
        lambda claims: forged({**empty, "alg": mine.algorithm}, claims, mine.sign)
    )
    target.assert_refused(
        lambda claims: forged(
            empty, claims, lambda message: hmac.new(b"", message, hashlib.sha256).digest()
        )
    )


@pytest.mark.parametrize("kid", [None, 7, ["x"], {"x": "y"}, True], ids=repr)
def test_rfc7515_4_1_4_a_kid_is_text(target: Target, kid: Any) -> None:
    target.assert_refused(
        lambda claims: forged({"alg": target.key.algorithm, "kid": kid}, claims, target.key.sign)
    )


def test_a_key_of_another_pool_does_not_sign_for_this_one(target: Target) -> None:
    """Nor with this pool's `kid` and its own."""
    other = keys.generate(target.key.algorithm)
    for kid in (other.kid, target.key.kid):
        stranger = SigningKey(kid, other.private_key, other.algorithm)
        target.assert_refused(lambda claims, stranger=stranger: sign(claims, stranger))


def test_a_waiting_keys_name_does_not_pass_for_the_signing_keys(target: Target) -> None:
    """Right key, right pool, the other published key's name."""
    waiting = next(row for row in target.world.rows(PoolSigningKey) if row.position == 1)
    renamed = SigningKey(waiting.kid, target.key.private_key, target.key.algorithm)
    target.assert_refused(lambda claims: sign(claims, renamed))
