"""Signature Version 4 against botocore's signer, and against those who would forge one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from kernel.aws.canonical import canonical_path, canonical_query
from kernel.aws.operations import AwsError
from kernel.aws.signature import parse_signature
from kernel.aws.sigv4 import MISMATCH, verify
from kernel.aws.wire import Request

KEY_ID, SECRET = "AKIDEXAMPLE000000000", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ORIGIN = "http://localhost:8080"
JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Prefix.Operation"}


def signed(
    method: str = "POST",
    target: str = "/",
    body: bytes = b"{}",
    *,
    headers: dict[str, str] | None = None,
    secret: str = SECRET,
    region: str = "us-east-1",
    service: str = "cognito-idp",
) -> Request:
    """A request as botocore signs and sends it."""
    sent = AWSRequest(method, ORIGIN + target, headers=headers or JSON, data=body)
    SigV4Auth(Credentials(KEY_ID, secret), service, region).add_auth(sent)
    prepared = sent.prepare()
    path, _, query = prepared.url.removeprefix(ORIGIN).partition("?")
    given = {name.lower(): value for name, value in prepared.headers.items()}
    given["host"] = "localhost:8080"
    return Request(method, path, query, given, body)


def check(request: Request, *, later: float = 0, service: str = "cognito-idp") -> None:
    now = datetime.now(UTC) + timedelta(seconds=later)
    verify(request, parse_signature(request), SECRET, service, now)


def refused(request: Request, **options: object) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        check(request, **options)  # type: ignore[arg-type] # options of check
    return error.value.code, error.value.message


def with_header(request: Request, name: str, value: str | None) -> Request:
    headers = {**request.headers}
    if value is None:
        headers.pop(name)
    else:
        headers[name] = value
    return replace(request, headers=headers)


def test_signature_of_botocore_is_accepted():
    check(signed())


@pytest.mark.parametrize(
    "target",
    [
        "/v2/apis/a%2Fb/routes/%24default",
        "/v2/apis/a%20b",
        "/tags/arn%3Aaws%3Aapigateway%3A%3A%2Frestapis%2F1?tagKeys=a%2Bb&tagKeys=a%20b&tagKeys=%C3%A9",
        "/v2/apis?maxResults=2&nextToken=abc%3D%3D",
        "/restapis?b&a=1&a=0&A=2&c=",
        "/restapis/~user-._/x",
        "/a//b/./c/../d/",
    ],
)
def test_any_path_and_query_of_botocore_is_accepted(target):
    check(signed("GET", target, b"", headers={"Accept": "application/json"}))


@given(
    st.text("abc/.%2F~ -_+*'()é", max_size=20).map(lambda text: "/" + text.replace("%", "%25")),
    st.lists(st.tuples(st.text("ab+ é/=&", min_size=1), st.text("ab+ é/=&")), max_size=4),
)
def test_any_encoded_path_and_query_of_botocore_is_accepted(path, pairs):
    from urllib.parse import quote

    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs
    )
    target = quote(path, safe="/%-_.~") + ("?" + query if query else "")
    check(signed("GET", target, b"", headers={"Accept": "x"}))


def test_header_values_are_folded():
    request = signed(headers={**JSON, "X-Amz-Note": "  a   b  "})
    check(request)
    check(with_header(request, "x-amz-note", "a b"))


def test_wrong_secret_is_a_mismatch():
    assert refused(signed(secret="other")) == ("InvalidSignatureException", MISMATCH)


@pytest.mark.parametrize(
    "altered",
    [
        lambda r: replace(r, body=b'{"a":1}'),
        lambda r: replace(r, method="GET"),
        lambda r: replace(r, path="/other"),
        lambda r: replace(r, query="a=1"),
        lambda r: with_header(r, "host", "localhost:9090"),
        lambda r: with_header(r, "x-amz-target", "Prefix.Another"),
        lambda r: with_header(r, "content-type", "text/plain"),
        lambda r: with_header(r, "x-amz-date", _shifted(r)),
        lambda r: with_header(r, "authorization", r.headers["authorization"][:-1] + "x"),
        lambda r: with_header(r, "authorization", r.headers["authorization"][:-64]),
    ],
)
def test_an_altered_request_is_refused(altered):
    code, _ = refused(altered(signed()))
    assert code in ("InvalidSignatureException", "IncompleteSignatureException")


def _shifted(request: Request) -> str:
    moment = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    return (moment - timedelta(seconds=1)).strftime("%Y%m%dT%H%M%SZ")


def test_body_is_hashed_whatever_the_header_says():
    for claim in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"):
        request = signed(headers={**JSON, "X-Amz-Content-SHA256": claim})
        assert refused(request) == ("InvalidSignatureException", MISMATCH)
    request = signed(headers={**JSON, "X-Amz-Content-SHA256": "0" * 64})
    assert refused(request)[0] == "InvalidSignatureException"


def test_old_signature_is_refused_after_five_minutes():
    check(signed(), later=299)
    code, message = refused(signed(), later=302)
    assert code == "InvalidSignatureException"
    assert message.startswith("Signature expired: ")
    assert " is now earlier than " in message
    assert message.endswith(" - 5 min.)")


def test_signature_from_the_future_is_refused():
    check(signed(), later=-299)
    code, message = refused(signed(), later=-302)
    assert code == "InvalidSignatureException"
    assert message.startswith("Signature not yet current: ")
    assert message.endswith(" + 5 min.)")


def test_signature_for_another_service_or_region_form_is_refused():
    wrong = refused(signed(service="sts"))
    assert wrong[1] == "Credential should be scoped to correct service: 'cognito-idp'."
    assert refused(signed(region="mars"))[1] == "Credential should be scoped to a valid region."


def test_terminator_and_date_of_the_scope_are_checked():
    request = signed()
    header = request.headers["authorization"]
    term = with_header(request, "authorization", header.replace("aws4_request", "aws5_request"))
    assert "valid terminator: 'aws4_request'" in refused(term)[1]
    day = header.split("/")[1]
    date = with_header(request, "authorization", header.replace(f"/{day}/", "/20200101/"))
    assert "Date in Credential scope does not match" in refused(date)[1]


def test_host_must_be_signed():
    request = signed()
    header = request.headers["authorization"].replace(";host;", ";")
    code, message = refused(with_header(request, "authorization", header))
    assert code == "InvalidSignatureException"
    assert message.startswith("'Host' or ':authority' must be a 'SignedHeader'")


def test_an_amz_header_that_was_added_later_is_refused():
    request = with_header(signed(), "x-amz-security-token", "injected")
    code, message = refused(request)
    assert code == "InvalidSignatureException"
    assert "'x-amz-security-token' must be a 'SignedHeader'" in message


def test_no_signature_is_a_missing_token():
    code, _ = refused(Request("POST", "/", "", {"host": "x"}))
    assert code == "MissingAuthenticationTokenException"


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ("AWS4-HMAC-SHA256", "requires 'Credential' parameter. Authorization header requires 'Sig"),
        ("Bearer eyJhbGciOi", "Authorization header requires 'Credential' parameter."),
        ("AWS4-HMAC-SHA512 Credential=a/20260101/r/s/t", "only AWS4-HMAC-SHA256"),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0", "exactly 5 slash"),
        ("AWS4-HMAC-SHA256 Credential=a/1/r/s/t, Signature=0", "requires 'SignedHeaders'"),
        ("AWS4-HMAC-SHA256 Credential=a/1/r/s/t, SignedHeaders=host", "requires 'Signature'"),
    ],
)
def test_malformed_header_is_incomplete_and_says_what_it_lacks(authorization, message):
    headers = {"authorization": authorization, "x-amz-date": "20260101T000000Z"}
    code, said = refused(Request("POST", "/", "", headers))
    assert code == "IncompleteSignatureException"
    assert message in said
    assert "eyJ" not in said


def test_missing_or_malformed_date_is_incomplete():
    for date in (None, "yesterday", "2026-01-01T00:00:00Z"):
        request = with_header(signed(), "x-amz-date", date)
        code, message = refused(request)
        assert code == "IncompleteSignatureException"
        assert "'X-Amz-Date' or a 'Date' header" in message


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Signature=0",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Algorithm=none&X-Amz-Signature=0",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/1/r/s/t&X-Amz-Date=x"
        "&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=0",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/1/r/s/t&X-Amz-Date=20260101T000000Z"
        "&X-Amz-Expires=604801&X-Amz-SignedHeaders=host&X-Amz-Signature=0",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/1/r/s/t&X-Amz-Date=20260101T000000Z"
        "&X-Amz-Expires=-1&X-Amz-SignedHeaders=host&X-Amz-Signature=0",
    ],
)
def test_malformed_presigned_query_is_incomplete(query):
    assert refused(Request("GET", "/", query, {}))[0] == "IncompleteSignatureException"


def test_canonical_path_is_encoded_twice_and_has_no_dot_segments():
    assert canonical_path("/a%2Fb/./c/../d//e/") == "/a%252Fb/d/e/"
    assert canonical_path("/../..") == "/"


def test_canonical_query_sorts_by_encoded_name_and_then_by_value():
    assert canonical_query("b=2&a=2&a=1&B=&c", is_presigned=False) == "B=&a=1&a=2&b=2&c="
    query = "X-Amz-Signature=0&X-Amz-Date=1"
    assert canonical_query(query, is_presigned=True) == "X-Amz-Date=1"
