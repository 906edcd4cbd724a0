"""Terms documents of app clients."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.world import Pool, World, at_once, refused

LINKS = {
    "cognito:default": "https://terms.example.com",
    "cognito:spanish": "https://terms.example.com/es",
}


@pytest.fixture
def pool(world: World) -> Pool:
    return world.pool()


def create(pool: Pool, client_id: str, name: str = "terms-of-use", **more: Any) -> Any:
    given = {"TermsSource": "LINK", "Enforcement": "NONE", "Links": LINKS, **more}
    return pool.call("create_terms", ClientId=client_id, TermsName=name, **given)["Terms"]


def test_terms_are_described_by_their_id_and_by_their_client(pool: Pool) -> None:
    client = pool.client()
    made = create(pool, client.id)
    assert (made["ClientId"], made["UserPoolId"], made["Links"]) == (client.id, pool.id, LINKS)
    assert pool.call("describe_terms", TermsId=made["TermsId"])["Terms"] == made
    by_client = pool.call("describe_terms_by_client", ClientId=client.id, TermsName="terms-of-use")
    assert by_client["Terms"] == made
    with refused("ResourceNotFoundException"):
        pool.call("describe_terms_by_client", ClientId=client.id, TermsName="privacy-policy")


def test_client_has_each_document_once_even_at_once(pool: Pool) -> None:
    client = pool.client()
    assert at_once(*[lambda: create(pool, client.id)] * 2) == ["TermsExistsException", "ok"]
    create(pool, client.id, "privacy-policy")
    create(pool, pool.client().id)


def test_update_changes_what_it_names(pool: Pool) -> None:
    client = pool.client()
    made = create(pool, client.id)
    links = {"cognito:default": "https://example.com/new"}
    changed = pool.call("update_terms", TermsId=made["TermsId"], Links=links)["Terms"]
    assert changed == {**made, "Links": links, "LastModifiedDate": changed["LastModifiedDate"]}
    renamed = pool.call("update_terms", TermsId=made["TermsId"], TermsName="privacy-policy")
    assert renamed["Terms"]["TermsName"] == "privacy-policy"
    again = create(pool, client.id)
    with refused("TermsExistsException"):
        pool.call("update_terms", TermsId=again["TermsId"], TermsName="privacy-policy")


@pytest.mark.parametrize(
    "links",
    [
        {"cognito:spanish": "https://terms.example.com"},
        {"cognito:default": "javascript:alert(1)"},
        {"cognito:default": "http://terms.example.com"},
        {"cognito:default": 'https://terms.example.com/"onclick="alert(1)'},
        {"cognito:default": "https://a@terms.example.com"},
        {"cognito:klingon": "https://terms.example.com"},
        {},
    ],
)
def test_links_are_https_and_have_a_default(pool: Pool, links: dict[str, str]) -> None:
    client = pool.client()
    with refused("InvalidParameterException"):
        create(pool, client.id, Links=links)
    made = create(pool, client.id)
    with refused("InvalidParameterException"):
        pool.call("update_terms", TermsId=made["TermsId"], Links=links)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("other", {}),
        ("terms-of-use", {"Enforcement": "X"}),
        ("privacy-policy", {"TermsSource": "X"}),
    ],
)
def test_values_beside_the_links_are_those_of_the_model(
    pool: Pool, name: str, more: dict[str, str]
) -> None:
    with refused("InvalidParameterException"):
        create(pool, pool.client().id, name, **more)


def test_terms_are_listed_in_pages(pool: Pool) -> None:
    ids = {create(pool, pool.client().id)["TermsId"] for _ in range(3)}
    first = pool.call("list_terms", MaxResults=2)
    second = pool.call("list_terms", MaxResults=2, NextToken=first["NextToken"])
    listed = first["Terms"] + second["Terms"]
    assert {each["TermsId"] for each in listed} == ids
    assert "Links" not in listed[0]
    assert "NextToken" not in second


def test_terms_go_with_their_client(pool: Pool) -> None:
    client = pool.client()
    create(pool, client.id)
    create(pool, client.id, "privacy-policy")
    pool.call("delete_user_pool_client", ClientId=client.id)
    assert pool.call("list_terms")["Terms"] == []


def test_deleted_terms_make_room(pool: Pool) -> None:
    client = pool.client()
    made = create(pool, client.id)
    pool.call("delete_terms", TermsId=made["TermsId"])
    with refused("ResourceNotFoundException"):
        pool.call("delete_terms", TermsId=made["TermsId"])
    create(pool, client.id)


def test_terms_of_others_are_not_found(world: World, pool: Pool) -> None:
    other, client = world.pool(), pool.client()
    made = create(pool, client.id)
    for operation in ("describe_terms", "update_terms", "delete_terms"):
        with refused("ResourceNotFoundException"):
            other.call(operation, TermsId=made["TermsId"])
    with refused("ResourceNotFoundException"):
        create(other, client.id)
    with refused("ResourceNotFoundException"):
        other.call("describe_terms_by_client", ClientId=client.id, TermsName="terms-of-use")
    with refused("ResourceNotFoundException"):
        world.client(key="OTHER").list_terms(UserPoolId=pool.id)
