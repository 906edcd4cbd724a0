"""Whoever reads the logs learns no password, code, token or key.

One server at its most talkative, every flow that carries a secret, the malformed requests that
tempt a server to quote what it was sent; then the log is searched for each secret, in each form.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

from tests.servers.application import (
    PASSWORD,
    Application,
    create_application,
    new_address,
    web_client,
)
from tests.servers.poolgate_server import SECRET_ACCESS_KEY, Poolgate

REDIRECT_URI = "http://localhost:3000/callback"
WRONG_PASSWORD = "Wrong-horse-7-battery"
MALFORMED_PASSWORD = "Malformed-horse-7-battery"


class Secrets(dict[str, str]):
    """Secrets by what they are."""

    def note(self, tokens: dict[str, str], when: str) -> None:
        for kind in ("AccessToken", "IdToken", "RefreshToken", "Session"):
            if tokens.get(kind):
                self[f"{kind} of {when}"] = tokens[kind]

    def forms(self) -> Iterator[tuple[str, str]]:
        """Each secret as it is, as it stands in a URL, and in base64."""
        for what, secret in self.items():
            yield what, secret
            yield f"{what}, URL-encoded", quote(secret, safe="")
            yield f"{what}, in base64", base64.b64encode(secret.encode()).decode()


@pytest.fixture
def server(start_poolgate: Callable[..., Poolgate]) -> Poolgate:
    return start_poolgate(log_level="debug")


@pytest.fixture
def application(server: Poolgate) -> Application:
    return create_application(server, GenerateSecret=False, **web_client(REDIRECT_URI))


class Stay(HTTPRedirectHandler):
    """Redirects lead to the application, which does not exist."""

    def redirect_request(self, *_request: object) -> None:
        return None


STAYING = build_opener(Stay)


def send(url: str, body: bytes | None = None, **headers: str) -> None:
    """Send what may be refused."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        STAYING.open(Request(url, data=body, headers=names)).close()
    except HTTPError as refused:
        refused.close()


def flows(application: Application, secrets: Secrets) -> dict[str, str]:
    """Sign-up, confirmation, password, SRP, refresh, recovery; returns tokens that still live."""
    person, cognito = application.sign_up(), application.cognito
    secrets["confirmation code"] = application.server.outbox.latest(person.email)["code"]
    secrets.note(application.sign_in(person), "a password sign-in")
    secrets.note(srp(application, person.email), "an SRP sign-in")
    with pytest.raises(ClientError):
        cognito.initiate_auth(
            ClientId=application.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": person.email, "PASSWORD": WRONG_PASSWORD},
        )
    cognito.forgot_password(ClientId=application.client_id, Username=person.email)
    secrets["recovery code"] = application.server.outbox.latest(person.email, after=1)["code"]
    tokens = application.sign_in(person)
    secrets.note(tokens, "a second sign-in")
    refreshed = cognito.initiate_auth(
        ClientId=application.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )
    secrets.note(refreshed["AuthenticationResult"], "a refresh")
    return tokens


def srp(application: Application, username: str) -> dict[str, str]:
    client = AWSSRP(
        username=username,
        password=PASSWORD,
        pool_id=application.pool_id,
        client_id=application.client_id,
        client=application.cognito,
    )
    tokens: dict[str, str] = client.authenticate_user()["AuthenticationResult"]
    return tokens


def machine(application: Application, secrets: Secrets) -> None:
    """Client credentials, with the secret in the header, in the body and wrongly in the query."""
    cognito = application.server.client("cognito-idp")
    made = cognito.create_user_pool_client(
        UserPoolId=application.pool_id, ClientName="machine", GenerateSecret=True
    )["UserPoolClient"]
    secrets["client secret"] = made["ClientSecret"]
    pair = f"{made['ClientId']}:{made['ClientSecret']}"
    secrets["client id and secret"] = pair
    url = f"{application.server.url}/oauth2/token"
    grant = {"grant_type": "client_credentials"}
    basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
    send(url, urlencode(grant).encode(), Authorization=basic)
    posted = {**grant, "client_id": made["ClientId"], "client_secret": made["ClientSecret"]}
    send(url, urlencode(posted).encode())
    send(f"{url}?{urlencode(posted)}", b"")


def temptations(application: Application, tokens: dict[str, str], api: str) -> None:
    """Malformed and misplaced: what an error message would like to quote."""
    server = application.server.url
    target = "AWSCognitoIdentityProviderService.InitiateAuth"
    broken = f'{{"AuthParameters": {{"PASSWORD": "{MALFORMED_PASSWORD}"'.encode()
    json_type = "application/x-amz-json-1.1"
    send(server, broken, X_Amz_Target=target, Content_Type=json_type)
    send(server, broken, X_Amz_Target=target, Content_Type="text/plain")
    wrong_type = json.dumps({"ClientId": 7, "AuthParameters": MALFORMED_PASSWORD}).encode()
    send(server, wrong_type, X_Amz_Target=target, Content_Type=json_type)
    bearer = f"Bearer {tokens['AccessToken']}"
    send(f"{server}/oauth2/userInfo", Authorization=bearer)
    send(f"{server}/oauth2/userInfo?access_token={tokens['AccessToken']}")
    send(f"{server}/oauth2/revoke", urlencode({"token": tokens["RefreshToken"]}).encode())
    code = {"grant_type": "authorization_code", "code": tokens["IdToken"]}
    send(f"{server}/oauth2/token", urlencode(code).encode())
    send(f"{api}/hello", Authorization=bearer)
    send(f"{api}/hello", Authorization=f"{bearer}x")
    send(f"{api}/absent?token={tokens['AccessToken']}", Authorization=bearer)
    form = {"username": new_address(), "password": MALFORMED_PASSWORD}
    login = {"client_id": application.client_id, "redirect_uri": REDIRECT_URI}
    send(f"{server}/login?{urlencode(login)}", urlencode(form).encode())


def test_no_secret_reaches_the_log(
    server: Poolgate, application: Application, http_echo: str
) -> None:
    secrets = Secrets(
        {
            "password": PASSWORD,
            "wrong password": WRONG_PASSWORD,
            "malformed password": MALFORMED_PASSWORD,
            "secret access key": SECRET_ACCESS_KEY,
        }
    )
    tokens = flows(application, secrets)
    machine(application, secrets)
    api_id = application.protected_api(http_echo).split("//")[1].split(".")[0]
    temptations(application, tokens, f"{server.url}/_aws/execute-api/{api_id}/$default")
    server.stop()
    log = server.log.read_text()
    assert "InitiateAuth" in log
    assert [what for what, form in secrets.forms() if form in log] == []


def test_no_stack_trace_reaches_the_log(server: Poolgate, application: Application) -> None:
    temptations(
        application,
        {"AccessToken": "a.b.c", "RefreshToken": "x", "IdToken": "y"},
        f"{server.url}/_aws/execute-api/absent/$default",
    )
    server.stop()
    assert "Traceback" not in server.log.read_text()
