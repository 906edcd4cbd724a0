"""Whoever copies the database, or finds a backup of it, learns no secret from it.

A real server takes real sign-ups and sign-ins; then its files are searched for everything that
was secret, in each form, and for what its sealed columns hold once they are opened.
"""

from __future__ import annotations

import re
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from pycognito.aws_srp import AWSSRP, generate_hash_device

from kernel import sealing
from kernel.sealing import Sealer
from kernel.settings import parse
from kernel.tokens.keys import SigningKey
from tests.servers.application import (
    FLOWS,
    PASSWORD,
    Application,
    Person,
    create_application,
    web_client,
)
from tests.servers.poolgate_server import SECRET_ACCESS_KEY, Poolgate

REDIRECT_URI = "http://localhost:3000/callback"
NEW_PASSWORD = "Another-horse-8-battery"
# Every sealed column, by table, with the purpose that its row is sealed for.
SEALED = (
    ("users", "sealed_verifier", "srp-verifier:{id}"),
    ("users", "sealed_password_history", "password-history:{id}"),
    ("user_pool_client_secrets", "sealed", "client-secret:{id}"),
    ("user_pool_signing_keys", "sealed_private_key", "signing-key:{kid}"),
    ("access_keys", "sealed_secret", "access-key:{id}"),
    ("devices", "sealed_verifier", "device-verifier:{device_key}"),
)


def confirm_device(application: Application, tokens: dict[str, Any]) -> None:
    device = tokens["NewDeviceMetadata"]
    _, verifier = generate_hash_device(device["DeviceGroupKey"], device["DeviceKey"])
    application.cognito.confirm_device(
        AccessToken=tokens["AccessToken"],
        DeviceKey=device["DeviceKey"],
        DeviceSecretVerifierConfig=verifier,
    )


def sign_in_by_srp(application: Application, person: Person) -> dict[str, Any]:
    client = AWSSRP(
        username=person.email,
        password=PASSWORD,
        pool_id=application.pool_id,
        client_id=application.client_id,
        client=application.cognito,
    )
    tokens: dict[str, Any] = client.authenticate_user()["AuthenticationResult"]
    return tokens


def sign_in_at_the_page(application: Application, person: Person) -> tuple[str, str]:
    """The authorization code, and the cookie of the browser session."""
    query = {
        "client_id": application.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    with requests.Session() as browser:
        page = browser.get(f"{application.server.url}/login", params=query, timeout=20)
        form = dict(re.findall(r'<input type="hidden" name="(\w+)"\s+value="([^"]*)"', page.text))
        form |= {"username": person.email, "password": NEW_PASSWORD}
        answer = browser.post(page.url, data=form, allow_redirects=False, timeout=20)
        (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        (session,) = (cookie.value for cookie in browser.cookies if "session" in cookie.name)
    assert session
    return code, session


def live(server: Poolgate) -> dict[str, str]:
    """Sign up, sign in and change the password; the secrets of it all by what they are."""
    application = create_application(server, **web_client(REDIRECT_URI))
    cognito = server.client("cognito-idp")
    cognito.update_user_pool(
        UserPoolId=application.pool_id,
        AutoVerifiedAttributes=["email"],
        Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}},
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True},
    )
    confidential = cognito.create_user_pool_client(
        UserPoolId=application.pool_id,
        ClientName="confidential",
        GenerateSecret=True,
        ExplicitAuthFlows=list(FLOWS),
    )["UserPoolClient"]
    person = application.sign_up()
    by_srp = sign_in_by_srp(application, person)
    confirm_device(application, by_srp)
    by_password = application.sign_in(person)
    application.cognito.change_password(
        AccessToken=by_srp["AccessToken"],
        PreviousPassword=PASSWORD,
        ProposedPassword=NEW_PASSWORD,
    )
    application.cognito.forgot_password(ClientId=application.client_id, Username=person.email)
    code, session = sign_in_at_the_page(application, person)
    return {
        "password": NEW_PASSWORD,
        "former password": PASSWORD,
        "client secret": confidential["ClientSecret"],
        "secret access key": SECRET_ACCESS_KEY,
        "authorization code": code,
        "browser session": session,
        "refresh token": by_srp["RefreshToken"],
        "access token": by_srp["AccessToken"],
        "ID token": by_password["IdToken"],
        "another refresh token": by_password["RefreshToken"],
    }


def opened_columns(server: Poolgate, sealer: Sealer) -> Iterator[tuple[str, bytes]]:
    """What the sealed columns hold, by column."""
    with closing(sqlite3.connect(server.instance / "poolgate.db")) as connection:
        connection.row_factory = sqlite3.Row
        for table, column, purpose in SEALED:
            query = f"SELECT * FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 - our own names
            rows = connection.execute(query).fetchall()
            assert rows, f"{table}.{column} is not under test"
            for row in rows:
                yield f"{table}.{column}", sealer.open(row[column], purpose.format(**dict(row)))


def private_numbers(pem: bytes) -> Iterator[bytes]:
    key = SigningKey.from_pem("x", pem).private_key
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    for number in (numbers.d, numbers.p, numbers.q):
        yield number.to_bytes((number.bit_length() + 7) // 8, "big")


def forms(secrets: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Each secret as it is, in base64 and in hexadecimal."""
    for what, secret in secrets.items():
        yield what, secret
        yield f"{what}, in base64", b64encode(secret)
        yield f"{what}, in hexadecimal", secret.hex().encode()
        yield f"{what}, in capital hexadecimal", secret.hex().upper().encode()


def contents(paths: list[Path]) -> bytes:
    return b"\n".join(path.read_bytes() for path in paths)


@pytest.fixture
def server(start_poolgate: Callable[..., Poolgate]) -> Poolgate:
    return start_poolgate()


def test_no_secret_is_in_the_database(server: Poolgate) -> None:
    texts = live(server)
    # While the server runs, the write-ahead log holds the newest pages.
    files = [path for path in server.instance.glob("poolgate.db*") if path.suffix != ".db-shm"]
    assert len(files) == 2
    before = contents(files)
    sealer = sealing.load(parse({"instance": str(server.instance)}))
    secrets = {what: secret.encode() for what, secret in texts.items()}
    for number, (column, plain) in enumerate(opened_columns(server, sealer)):
        secrets[f"{column} {number}"] = plain
        if column == "user_pool_signing_keys.sealed_private_key":
            parts = enumerate(private_numbers(plain))
            secrets |= {f"{column} {number}, number {n}": part for n, part in parts}
    server.stop()
    stored = before + contents(list(server.instance.glob("poolgate.db*")))
    assert b"PRIVATE KEY" not in stored
    assert texts["refresh token"].encode()[:40] not in stored
    assert [what for what, form in forms(secrets) if form in stored] == []
    # The search finds what is there: names are not secret.
    assert b"confidential" in stored


def test_sealing_key_is_not_in_the_instance_folder(server: Poolgate) -> None:
    create_application(server).sign_up()
    key_file = parse({"instance": str(server.instance)}).sealing_key_path
    assert not key_file.is_relative_to(server.instance)
    keys = sealing.load(parse({"instance": str(server.instance)})).keys
    secrets = {f"key {version}": key for version, key in keys.items()}
    server.stop()
    kept = contents([path for path in server.instance.rglob("*") if path.is_file()])
    assert [what for what, form in forms(secrets) if form in kept] == []


def test_database_alone_opens_nothing(server: Poolgate, tmp_path: Path) -> None:
    """Another instance's key is worth nothing here."""
    live(server)
    server.stop()
    sealing.create_key_file(tmp_path / "theirs")
    theirs = sealing.load(parse({"sealing_key_file": str(tmp_path / "theirs")}))
    with pytest.raises(sealing.Unsealable):
        next(opened_columns(server, theirs))
