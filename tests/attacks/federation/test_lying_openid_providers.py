"""OpenID providers that lie, stall or send too much sign nobody in, and hold nothing up."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from federation.oidc.relying_party import OidcRelyingParty
from idp.user_pools.services.upstream import Errand, Upstream, UpstreamFailed, check_age
from kernel.clock import Clock, Randomness
from kernel.outbound import Outbound
from kernel.settings import parse
from kernel.tokens import encoding
from kernel.tokens.key_sets import RemoteKeySets
from tests.federation.scripted_provider import (
    CLIENT_ID,
    KEY,
    OTHER,
    ScriptedProvider,
    scripted_provider,
)

HERE = "https://id.example.com/oauth2/idpresponse"


@pytest.fixture
def liar() -> Iterator[ScriptedProvider]:
    with scripted_provider() as made:
        yield made


@pytest.fixture
def party(tmp_path: Path) -> OidcRelyingParty:
    return relying_party(tmp_path, upstream_allow="127.0.0.0/8")


def relying_party(instance: Path, **values: str) -> OidcRelyingParty:
    outbound = Outbound.from_settings(parse({"instance": str(instance), **values}))
    key_sets = RemoteKeySets(outbound, Clock())
    kernel: Any = SimpleNamespace(
        outbound=outbound, clock=Clock(), randomness=Randomness(), of=lambda _kind: key_sets
    )
    return OidcRelyingParty(kernel)


def upstream_of(liar: ScriptedProvider) -> Upstream:
    details, secrets = liar.details(), {"client_secret": "s"}
    return Upstream("pool", "Liar", "OIDC", details, {"username": "sub"}, secrets)


Come = Callable[..., Any]


@pytest.fixture
def come(liar: ScriptedProvider, party: OidcRelyingParty) -> Come:
    """A whole sign-in, with an ID token of these claims; None leaves one out."""

    def run(
        key: Any = KEY,
        header: dict[str, Any] | None = None,
        answer: dict[str, str] | None = None,
        token: str | None = None,
        **claims: Any,
    ) -> Any:
        upstream = upstream_of(liar)
        memory = party.begin(upstream, Errand("state", HERE)).memory
        now = int(time.time())
        said = {
            "iss": liar.issuer,
            "aud": CLIENT_ID,
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "nonce": memory["nonce"],
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        head = {"alg": "RS256", "kid": "one", **(header or {})}
        made = jwt.encode(head, said, key, algorithms=[head["alg"]]) if token is None else token
        liar.documents["/token"] = {"access_token": "opaque", "id_token": made}
        return party.finish(upstream, memory, answer or {"code": "c"}, HERE)

    return run


def test_an_honest_one_is_believed(come: Come) -> None:
    assert come().subject == "ada"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://accounts.google.com"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": []},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": 4_000_000_000},
        {"iat": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
    ],
    ids=lambda claims: "-".join(f"{name}={value}" for name, value in claims.items()),
)
def test_claims_of_another_sign_in_are_refused(come: Come, claims: dict[str, Any]) -> None:
    """OIDC Core §3.1.3.7."""
    with pytest.raises(UpstreamFailed):
        come(**claims)


def test_an_old_proof_does_not_do_where_a_fresh_one_is_asked_for(come: Come) -> None:
    """OIDC Core §3.1.2.1: a session of the provider's own must not pass for a new sign-in."""
    now = int(time.time())
    check_age(come(auth_time=now - 200), 300, now)
    for auth_time in (None, now - 3600, now + 3600, -1e300, "now"):
        with pytest.raises(UpstreamFailed, match="signed in anew"):
            check_age(come(auth_time=auth_time), 300, now)


def test_signatures_by_others_are_refused(come: Come) -> None:
    with pytest.raises(UpstreamFailed):
        come(key=OTHER)
    with pytest.raises(UpstreamFailed):
        come(key=ECKey.generate_key("P-256"), header={"alg": "ES256"})


def test_the_public_key_is_no_shared_secret(come: Come) -> None:
    """RFC 8725 §2.1: HS256 with what everybody knows, or with the client's secret."""
    for secret in (KEY.as_pem(private=False), b"s"):
        now = int(time.time())
        claims = {"iss": "", "aud": CLIENT_ID, "sub": "ada", "iat": now, "exp": now + 300}
        parts = ({"alg": "HS256", "kid": "one"}, claims)
        signed = ".".join(encoding.encode(json.dumps(part).encode()) for part in parts)
        digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        with pytest.raises(UpstreamFailed, match="cannot be read"):
            come(token=f"{signed}.{encoding.encode(digest)}")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
        "ü.ü.ü",
        "." * 70_000,
        "eyJhbGciOiJSUzI1NiIsImtpZCI6Im9uZSJ9.W10.AAAA",
    ],
    ids=["empty", "nonsense", "unsigned", "letters", "huge", "list"],
)
def test_what_is_no_id_token_is_refused(come: Come, token: str) -> None:
    with pytest.raises(UpstreamFailed):
        come(token=token)


def test_an_embedded_key_is_not_looked_at(come: Come, liar: ScriptedProvider) -> None:
    """`jwk`, `jku` and `x5u` of a header choose nothing, and nothing is fetched for them."""
    header = {"jwk": OTHER.as_dict(private=False), "jku": f"{liar.issuer}/theirs"}
    with pytest.raises(UpstreamFailed):
        come(key=OTHER, header=header)
    assert "/theirs" not in liar.asked


def test_an_answer_of_another_issuer_is_refused(come: Come) -> None:
    """RFC 9207: mix-up."""
    with pytest.raises(UpstreamFailed, match="Another identity provider"):
        come(answer={"code": "c", "iss": "https://evil.example"})


def test_user_info_about_somebody_else_is_refused(come: Come, liar: ScriptedProvider) -> None:
    """OIDC Core §5.3.2: token substitution."""
    liar.documents["/userinfo"] = {"sub": "eve", "email": "eve@example.com"}
    with pytest.raises(UpstreamFailed, match="somebody else"):
        come()


def test_metadata_of_another_issuer_is_refused(come: Come, liar: ScriptedProvider) -> None:
    """OpenID Connect Discovery 1.0 §4.3."""
    liar.documents["/.well-known/openid-configuration"]["issuer"] = "https://evil.example"
    with pytest.raises(UpstreamFailed, match="another issuer"):
        come()


def test_unknown_key_ids_fetch_once(come: Come, liar: ScriptedProvider) -> None:
    assert come()
    for number in range(20):
        with pytest.raises(UpstreamFailed):
            come(key=OTHER, header={"kid": f"made-up-{number}"})
    assert liar.asked.count("/jwks") <= 2


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/userinfo"])
@pytest.mark.parametrize(
    "document",
    [b"x" * 400_000, b"[" * 100_000, b"[]", b"null", b"{", b'{"keys": 7}'],
    ids=["large", "deep", "list", "null", "broken", "number"],
)
def test_documents_of_any_form_are_refused(
    come: Come, liar: ScriptedProvider, path: str, document: bytes
) -> None:
    liar.documents[path] = document
    with pytest.raises(UpstreamFailed):
        come()


def test_a_slow_one_is_given_up(come: Come, liar: ScriptedProvider) -> None:
    liar.delay = 60
    began = time.monotonic()
    with pytest.raises(UpstreamFailed, match="cannot be reached"):
        come()
    assert time.monotonic() - began < 30


def test_private_addresses_are_not_asked(liar: ScriptedProvider, tmp_path: Path) -> None:
    """SSRF: the operator of a pool must not reach what only this server reaches."""
    with pytest.raises(UpstreamFailed):
        relying_party(tmp_path).begin(upstream_of(liar), Errand("state", HERE))
    assert liar.asked == []
