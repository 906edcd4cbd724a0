"""Whatever a directory sends, it gets an answer of RFC 7644: never the server's own fault."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.idp.scim.directory import ENTERPRISE, POOL, USER, Directory

FUZZ = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NAMES = st.sampled_from(
    (
        *("id", "userName", "externalId", "emails", "emails.value", "emails.type", "members"),
        *("members.value", "displayName", "active", "name", "name.givenName", "groups", "title"),
        *("meta.created", "meta.lastModified", "password", "schemas", "phoneNumbers", "manager"),
        *(f"{USER}:userName", f"{ENTERPRISE}:department", f"{POOL}:custom_tier", "urn:x:y", "x"),
    )
)
OPERATORS = st.sampled_from(["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"])
LITERALS = st.one_of(
    st.sampled_from(
        ['""', '"ada"', "true", "null", "1", "-1.5e3", '"2026-01-01T00:00:00Z"', "ada"]
    ),
    st.text(max_size=8).map(lambda text: f'"{text}"'),
)
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, NAMES, OPERATORS, LITERALS), st.builds("{} pr".format, NAMES)
)
FILTERS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("({})".format, inner),
        st.builds("not ({})".format, inner),
        st.builds("{} and {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("{}[{}]".format, NAMES, inner),
    ),
    max_leaves=6,
)
BROKEN = st.one_of(FILTERS, st.text(max_size=30), FILTERS.map(lambda text: text[:-1]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["True"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.one_of(NAMES, st.text(max_size=6)), inner, max_size=3)
        | inner.map(lambda each: {"value": each})
    ),
    max_leaves=6,
)
PATHS = st.one_of(NAMES, st.builds("{}[{}]".format, NAMES, COMPARISONS), BROKEN)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove", "move", ""])},
    optional={"path": PATHS, "value": VALUES},
)


@FUZZ
@given(text=BROKEN, endpoint=st.sampled_from(["Users", "Groups"]))
def test_filters(directory: Directory, text: str, endpoint: str) -> None:
    answer = directory.ask("POST", f"{endpoint}/.search", encoded({"filter": text}))
    assert answer.status_code in (200, 400), answer.text


@FUZZ
@given(operations=st.lists(st.one_of(OPERATIONS, VALUES), max_size=3))
def test_patches(directory: Directory, operations: list[Any]) -> None:
    for endpoint, resource_id in (("Users", user(directory)), ("Groups", group(directory))):
        body = encoded({"Operations": operations})
        answer = directory.ask("PATCH", f"{endpoint}/{resource_id}", body)
        assert answer.status_code in (200, 204, 400, 409), answer.text


@FUZZ
@given(members=st.dictionaries(NAMES, VALUES, max_size=4))
def test_resources(directory: Directory, members: dict[str, Any]) -> None:
    for endpoint in ("Users", "Groups"):
        answer = directory.ask("POST", endpoint, encoded(members))
        assert answer.status_code in (201, 400, 409), answer.text


@FUZZ
@given(body=st.dictionaries(st.sampled_from(["Operations", "failOnErrors"]), VALUES), rest=VALUES)
def test_bulk_requests(directory: Directory, body: dict[str, Any], rest: Any) -> None:
    operation = {"method": "PATCH", "path": "/Users/bulkId:1", "data": {"Operations": [rest]}}
    for each in (body, {"Operations": [operation, rest]}):
        answer = directory.ask("POST", "Bulk", encoded(each))
        assert answer.status_code in (200, 400), answer.text


def user(directory: Directory) -> str:
    found = directory.found("Users", 'userName eq "ada"')
    return found[0] if found else str(directory.make_user("ada")["id"])


def group(directory: Directory) -> str:
    found = directory.get("Groups", count="1").get_json()["Resources"]
    return str(found[0]["id"] if found else directory.make_group("Sales")["id"])


def encoded(body: Any) -> bytes:
    """Halves of surrogate pairs too, which orjson would not write."""
    return json.dumps(body).encode()
