from __future__ import annotations

from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree

MISSING = "Invalid Request Validator identifier specified"


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def _validator(tree: Tree, name: str = "all", **members: Any) -> Any:
    return tree("CreateRequestValidator", name=name, **members)


def test_validator_is_made_read_and_deleted(tree: Tree) -> None:
    made = _validator(tree, validateRequestBody=True)

    assert made == {
        "id": made["id"],
        "name": "all",
        "validateRequestBody": True,
        "validateRequestParameters": False,
    }
    assert tree("GetRequestValidator", requestValidatorId=made["id"]) == made
    assert tree("GetRequestValidators") == {"items": [made]}
    tree("DeleteRequestValidator", requestValidatorId=made["id"])
    with pytest.raises(Missing, match=MISSING):
        tree("GetRequestValidator", requestValidatorId=made["id"])
    assert tree("GetRequestValidators") == {"items": []}


@pytest.mark.parametrize("name", [None, "", " "])
def test_validator_needs_a_name(tree: Tree, name: str | None) -> None:
    with pytest.raises(Invalid, match="Request Validator name cannot be blank"):
        tree("CreateRequestValidator", name=name)


def test_two_validators_cannot_have_one_name(tree: Tree) -> None:
    _validator(tree)
    with pytest.raises(Conflicting, match="already exists"):
        _validator(tree)


def test_validator_changes(tree: Tree) -> None:
    made = _validator(tree)
    where = {"requestValidatorId": made["id"]}

    changed = tree.patch(
        "UpdateRequestValidator",
        ("replace", "/validateRequestBody", "true"),
        ("replace", "/name", "body"),
        **where,
    )
    assert changed == {**made, "name": "body", "validateRequestBody": True}
    # A missing value is false, as it was seen on AWS.
    changed = tree.patch("UpdateRequestValidator", ("replace", "/validateRequestBody"), **where)
    assert changed == {**made, "name": "body"}


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (("add", "/validateRequestBody", "true"), "op 'add'. Please choose supported operations"),
        (("remove", "/validateRequestBody"), "op 'remove'. Please choose supported operations"),
        (
            ("replace", "/invalidPath", "true"),
            r"Must be one of: \[/name, /validateRequestParameters, /validateRequestBody\]",
        ),
        (("replace", "/name", ""), "Request Validator name cannot be blank"),
        (("replace", "/validateRequestBody", "yes"), "must be true or false"),
    ],
)
def test_other_patches_of_a_validator_are_refused(
    tree: Tree, patch: tuple[str, ...], why: str
) -> None:
    where = {"requestValidatorId": _validator(tree)["id"]}
    with pytest.raises(Invalid, match=why):
        tree.patch("UpdateRequestValidator", patch, **where)


def test_validator_that_a_method_names_cannot_be_deleted(tree: Tree) -> None:
    made = _validator(tree)
    tree.method(requestValidatorId=made["id"])

    with pytest.raises(Conflicting, match="'all', is referenced in method: //GET"):
        tree("DeleteRequestValidator", requestValidatorId=made["id"])


def test_validators_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "REQUEST_VALIDATORS_PER_API", 1)
    _validator(tree)
    with pytest.raises(Exceeded, match="The limit is 1"):
        _validator(tree, "more")


@pytest.mark.parametrize("unknown", ["nothere", "a/b", "\x00", "x" * 2000])
def test_unknown_validator_is_missing(tree: Tree, unknown: str) -> None:
    with pytest.raises(Missing, match=MISSING):
        tree("GetRequestValidator", requestValidatorId=unknown)
