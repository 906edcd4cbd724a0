"""Whoever reads the database or the log learns neither an authenticator's secret nor a code."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable

import pyotp
import requests

from tests.attacks.test_database_holds_no_secret import REDIRECT_URI, contents, forms
from tests.servers.application import PASSWORD, Application, Person, create_application, web_client
from tests.servers.poolgate_server import Poolgate


def enrol_at_the_page(application: Application, person: Person) -> dict[str, str]:
    """Set up an authenticator at a sign-in; the secrets of it by what they are."""
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
        form = {"username": person.email, "password": PASSWORD}
        page = browser.post(page.url, data=form | token_of(page.text), timeout=20)
        (secret,) = re.findall(r"<code>([A-Z2-7 ]+)</code>", page.text)
        secret = secret.replace(" ", "")
        code = pyotp.TOTP(secret).at(int(time.time()))
        page = browser.post(page.url, data={"code": code} | token_of(page.text), timeout=20)
        codes = re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", page.text)
        assert len(codes) == 10
        address = page.url.replace("/setUpAuthenticator", "/recoveryCodes")
        done = browser.post(address, data=token_of(page.text), timeout=20, allow_redirects=False)
        assert done.headers["location"].startswith(REDIRECT_URI)
        flow = {cookie.name: cookie.value or "" for cookie in browser.cookies}
    return {
        "secret": secret,
        **{f"recovery code {n}": each for n, each in enumerate(codes)},
        **{f"bare recovery code {n}": each.replace("-", "") for n, each in enumerate(codes)},
        **{f"cookie {name}": value for name, value in flow.items()},
    }


def token_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_no_secret_of_a_second_factor_is_kept_or_logged(
    start_poolgate: Callable[..., Poolgate],
) -> None:
    server = start_poolgate(log_level="debug")
    application = create_application(server, **web_client(REDIRECT_URI))
    person = application.sign_up()
    server.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=application.pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    texts = enrol_at_the_page(application, person)
    posed = application.cognito.initiate_auth(
        ClientId=application.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": PASSWORD},
    )
    code = pyotp.TOTP(texts["secret"]).at(int(time.time()) + 30)
    answer = application.cognito.respond_to_auth_challenge(
        ClientId=application.client_id,
        ChallengeName="SOFTWARE_TOKEN_MFA",
        Session=posed["Session"],
        ChallengeResponses={"USERNAME": person.email, "SOFTWARE_TOKEN_MFA_CODE": code},
    )
    assert answer["AuthenticationResult"]
    texts["session"] = posed["Session"]
    secrets = {what: text.encode() for what, text in texts.items()}
    secrets["raw secret"] = base64.b32decode(texts["secret"])
    before = contents([path for path in server.instance.rglob("*") if path.is_file()])
    server.stop()
    kept = before + contents([path for path in server.instance.rglob("*") if path.is_file()])
    log = server.log.read_bytes()
    kept += log
    assert [what for what, form in forms(secrets) if form in kept] == []
    # The search finds what is there.
    assert b"SetUserPoolMfaConfig" in log
    assert person.email.encode() in kept
