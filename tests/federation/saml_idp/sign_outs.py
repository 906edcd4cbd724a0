"""Sign-outs between a pool and its SAML applications, from either side."""

from __future__ import annotations

import base64
import zlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.federation.saml_idp.service_provider import (
    LOGOUT,
    ServiceProvider,
    key,
)
from tests.idp.oauth.world import ORIGIN


def other_of(application: ServiceProvider, entity_id: str = "urn:other") -> ServiceProvider:
    """A second application of the pool, with a key of its own."""
    return ServiceProvider(
        application.world,
        application.pool_id,
        application.client_id,
        entity_id,
        "https://other.example.com/acs",
        key=key("other"),
    )


def ask_out(application: ServiceProvider, browser: FlaskClient, taken: Any) -> TestResponse:
    """Send the browser with a signed LogoutRequest."""
    application.security = {"logoutRequestSigned": True}
    auth = application.auth()
    location = auth.logout(
        "/bye",
        name_id=taken.get_nameid(),
        session_index=taken.get_session_index(),
        name_id_format=taken.get_nameid_format(),
        nq=taken.get_nameid_nq(),
        spnq=taken.get_nameid_spnq(),
    )
    application.request_id = auth.get_last_request_id()
    return browser.get(location, base_url=ORIGIN)


def check_answer(application: ServiceProvider, answer: TestResponse) -> dict[str, str]:
    """The query of a LogoutResponse, which the toolkit verifies."""
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(f"{LOGOUT}?")
    query = urlsplit(answer.location).query
    application.security = {"logoutResponseSigned": True, "wantMessagesSigned": True}
    auth = application.auth(query=query)
    auth.process_slo(keep_local_session=True, request_id=application.request_id)
    assert auth.get_errors() == [], auth.get_last_error_reason()
    return dict(parse_qsl(query))


def answer_of(application: ServiceProvider, asked: TestResponse) -> str:
    """Where the application leads from a LogoutRequest of ours, which the toolkit verifies."""
    assert asked.location.startswith(f"{LOGOUT}?"), asked.location
    query = urlsplit(asked.location).query
    application.security = {"logoutResponseSigned": True, "wantMessagesSigned": True}
    auth = application.auth(query=query)
    location = auth.process_slo(keep_local_session=True)
    assert auth.get_errors() == [], auth.get_last_error_reason()
    return str(location)


def sign_in(application: ServiceProvider, browser: FlaskClient) -> Any:
    shown = application.ask(browser)
    is_page = 'name="password"' in shown.text
    return application.take(application.sign_in(browser, shown) if is_page else shown)


def inflated(message: str) -> str:
    return zlib.decompress(base64.b64decode(message), -15).decode()
