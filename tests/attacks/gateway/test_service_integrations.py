"""A caller of an API tries to make it call something else of a service than its author meant."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.control.errors import Invalid
from gateway.integrations.service_uri import UnusableValue, parse, path_of, query_of
from kernel import settings
from kernel.aws.signing import AccessKey

ESCAPES = ["..", ".", "%2e%2e", "%2E.", "a/../../b", "a%2f..%2fb", "..%5cb", "a\\..\\b", ""]


@pytest.mark.parametrize("value", ESCAPES)
@pytest.mark.parametrize("decodes", [True, False])
def test_a_value_cannot_climb_out_of_its_place_in_a_path(value, decodes):
    with pytest.raises(UnusableValue):
        path_of("000000000000/{queue}/x", {"queue": value}, decodes=decodes)


@pytest.mark.parametrize(
    ("rest", "value"),
    [
        ("{bucket}", "mine%2Fsecret"),
        ("{bucket}", "%2Fother"),
        ("{bucket}/{key}", "mine%2Fprivate"),
        ("{bucket}/{key}", "%2Fother"),
        ("{bucket}/{key}", "%2fother%2f"),
        ("files/{user}/profile", "bob%2Fprivate"),
        ("files/{user}/{file}", "bob%2F"),
        ("files/a{user}/b{file}/c", "x%2Fy"),
    ],
)
def test_an_encoded_slash_leads_to_no_other_bucket_or_object(rest, value):
    names = {"bucket": value, "user": value, "key": "k", "file": "f"}
    with pytest.raises(UnusableValue):
        path_of(rest, names, decodes=True)


@pytest.mark.parametrize(
    ("rest", "value", "path"),
    [
        ("files/{user}/{file}", "a%2Fb", "/files/me/a/b"),
        ("files/{file}", "%2Fa", "/files//a"),
        ("/files/{file}", "a/b%20c", "/files/a/b%20c"),
    ],
)
def test_a_slash_at_the_end_of_a_key_stays_below_what_is_before_it(rest, value, path):
    assert path_of(rest, {"user": "me", "file": value}, decodes=True) == path


@given(st.text(st.sampled_from("ab./%25F\\"), min_size=1))
def test_whatever_a_key_is_it_stays_below_its_prefix(value):
    from urllib.parse import quote

    for spelled in (value, quote(value, safe="")):
        with contextlib.suppress(UnusableValue):
            path = path_of("files/me/{key}", {"key": spelled}, decodes=True)
            assert path.startswith("/files/me/")
            assert ".." not in path.split("/")


@given(st.text(st.characters(codec="ascii"), min_size=1))
def test_a_value_cannot_add_a_query_or_a_line(value):
    from urllib.parse import quote

    try:
        path = path_of("files/{key}", {"key": quote(value, safe="")}, decodes=True)
    except UnusableValue:
        return
    assert path.startswith("/files/")
    assert not set(path) & set("?# \r\n\x00")


@given(st.text(min_size=1))
def test_a_value_cannot_add_a_parameter(value):
    from urllib.parse import parse_qsl, quote

    query = query_of("QueueUrl={q}&Fixed=1", {"q": quote(value, safe="")})
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True, errors="replace")]
    assert names == ["QueueUrl", "Fixed"]


def test_a_form_cannot_choose_the_action_or_what_the_author_has_mapped():
    from gateway.integrations.service_rest import MOST_PARAMETERS, _form_besides

    pairs = (("Action", "SendMessage"), ("Version", "2012-11-05"), ("QueueUrl", "mine"))
    body = b"MessageBody=a&Action=PurgeQueue&%41ction=PurgeQueue&QueueUrl=theirs&Version=1"
    assert list(_form_besides(pairs, body)) == [("MessageBody", "a")]
    with pytest.raises(UnusableValue):
        list(_form_besides(pairs, b"a&" * (MOST_PARAMETERS + 1)))


def test_an_author_cannot_choose_the_host():
    """The service's name is looked up among the operator's; the region is a region."""
    for service in ("evil.example/", "a@b", "a:b", "sqs/..", "SQS"):
        with pytest.raises(ValueError, match="the URI"):
            parse(f"arn:aws:apigateway:us-east-1:{service}:path/x")
    with pytest.raises(ValueError, match="region"):
        parse("arn:aws:apigateway:evil-example:sqs:path/x")


def test_no_service_is_called_with_the_operators_key_in_the_callers_name(caller):
    api = caller.rest("CreateRestApi", name="a")
    (root,) = caller.rest("GetResources", restApiId=api["id"])["items"]
    there = {"restApiId": api["id"], "resourceId": root["id"], "httpMethod": "GET"}
    caller.rest("PutMethod", **there, authorizationType="AWS_IAM")
    with pytest.raises(Invalid, match="nobody can sign"):
        caller.rest(
            "PutIntegration",
            **there,
            type="AWS",
            integrationHttpMethod="GET",
            uri="arn:aws:apigateway:us-east-1:s3:path/mine",
            credentials="arn:aws:iam::*:user/*",
        )


def test_the_key_is_in_no_representation():
    assert "secret-key" not in repr(AccessKey("id", "secret-key"))
    made = settings.parse(
        {
            "aws_endpoints": "sqs=http://127.0.0.1:1",
            "aws_access_key_id": "AKIA",
            "aws_secret_access_key": "secret-key",
        }
    )
    assert "secret-key" not in repr(made)
