from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from gateway.control.rest.patching import (
    Choice,
    Entry,
    Flag,
    Item,
    ItemByValue,
    Number,
    Patches,
    TersePatches,
    Text,
)

RULES = (
    Text("/name", least=1, most=5),
    Text("/description", removable=True),
    Flag("/open"),
    Number("/size", -5, 10),
    Choice("/kind", "a", "b"),
    Entry("/variables/{name}"),
    Entry("/strict/{name}", missing="No such entry"),
    Item("/types/{type}"),
    Item("/others/{type}", replaceable=True),
    ItemByValue("/scopes"),
    Flag("/deep/er/flag"),
)
PATCHES = Patches(*RULES)


def _apply(document: dict[str, Any], *patches: tuple[str, ...]) -> dict[str, Any]:
    operations = [dict(zip(("op", "path", "value"), each, strict=False)) for each in patches]
    return PATCHES.apply(document, {"patchOperations": operations})


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({}, ("replace", "/name", "pets"), {"name": "pets"}),
        ({"description": "x"}, ("remove", "/description"), {}),
        ({}, ("replace", "/open", "TRUE"), {"open": True}),
        ({}, ("replace", "/size", "-5"), {"size": -5}),
        ({}, ("replace", "/kind", "b"), {"kind": "b"}),
        ({}, ("add", "/variables/a~1b~0c", "1"), {"variables": {"a/b~c": "1"}}),
        ({}, ("add", "/variables/~01", "1"), {"variables": {"~1": "1"}}),
        ({}, ("replace", "/variables/a", "1"), {"variables": {"a": "1"}}),
        ({"variables": {"a": "1"}}, ("remove", "/variables/a"), {"variables": {}}),
        ({}, ("add", "/strict/a", "1"), {"strict": {"a": "1"}}),
        ({"strict": {"a": "1"}}, ("replace", "/strict/a", "2"), {"strict": {"a": "2"}}),
        ({}, ("add", "/types/image~1png"), {"types": ["image/png"]}),
        ({"types": ["a"]}, ("add", "/types/a"), {"types": ["a"]}),
        ({"types": ["a", "b"]}, ("remove", "/types/a"), {"types": ["b"]}),
        ({"others": ["a", "b"]}, ("replace", "/others/a", "c"), {"others": ["b", "c"]}),
        ({"others": ["a", "b"]}, ("replace", "/others/a", "b"), {"others": ["b"]}),
        ({"others": ["a"]}, ("replace", "/others/a", ""), {"others": ["a"]}),
        ({"scopes": ["a"]}, ("add", "/scopes", "b"), {"scopes": ["a", "b"]}),
        ({"scopes": ["a"]}, ("remove", "/scopes", "a"), {"scopes": []}),
        ({}, ("replace", "/deep/er/flag", "false"), {"deep": {"er": {"flag": False}}}),
    ],
)
def test_each_rule_changes_its_part_of_a_copy(
    before: dict[str, Any], patch: tuple[str, ...], after: dict[str, Any]
) -> None:
    kept = repr(before)

    assert _apply(before, patch) == after
    assert repr(before) == kept


@pytest.mark.parametrize(
    ("patch", "error", "message"),
    [
        (("replace", "/name", ""), Invalid, "it must have from 1 to 5 characters"),
        (("replace", "/name", "xxxxxx"), Invalid, "it must have from 1 to 5 characters"),
        (("replace", "/open", "1"), Invalid, "it must be true or false"),
        (("replace", "/size", "11"), Invalid, "it must be from -5 to 10"),
        (("replace", "/size", "--1"), Invalid, "it must be a whole number"),
        (("replace", "/size", "٣"), Invalid, "it must be a whole number"),
        (("replace", "/size", "1" * 5000), Invalid, "it must be a whole number"),
        (("replace", "/kind", "c"), Invalid, "it must be one of a, b"),
        (("remove", "/variables/a"), Invalid, "there is nothing to remove"),
        (("replace", "/strict/a", "1"), Missing, "No such entry"),
        (("remove", "/strict/a"), Missing, "No such entry"),
        (("remove", "/types/a"), Invalid, "there is nothing to remove"),
        (("replace", "/others/a", "b"), Invalid, "there is nothing to remove"),
        (("remove", "/scopes", "a"), Invalid, "there is nothing to remove"),
        (("add", "/scopes"), Invalid, "Missing value for the patch path /scopes"),
        (("add", "/variables/", "1"), Invalid, "Invalid patch path  '/variables/' specified"),
        (("replace", "name", "x"), Invalid, "a path that starts with a slash"),
        (("replace", ""), Invalid, "a path that starts with a slash"),
        (
            ("remove", "/name"),
            Invalid,
            "Invalid patch path  '/name' specified for op 'remove'. Must be one of: "
            "[/description, /variables/{name}, /strict/{name}, /types/{type}, /others/{type}, "
            "/scopes]",
        ),
        (
            ("copy", "/name", "x"),
            Invalid,
            "Invalid patch path  '/name' specified for op 'copy'. Please choose supported "
            "operations",
        ),
    ],
)
def test_what_no_rule_allows_is_refused(
    patch: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as refusal:
        _apply({}, patch)

    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            {"op": "remove", "path": "/name"},
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            {"op": "copy", "path": "/variables/a"},
            "Invalid patch operation specified. Must be one of: [add, replace, remove]",
        ),
        (
            {"op": "replace", "path": "/nothing"},
            "Invalid patch path /nothing. Must be one of: [/name",
        ),
    ],
)
def test_terse_patches_tell_the_operations_of_a_path(patch: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        TersePatches(*RULES).apply({}, {"patchOperations": [patch]})

    assert str(refusal.value).startswith(message)


def test_operations_apply_in_their_order_and_all_or_none() -> None:
    before = {"name": "pets"}

    assert _apply(before, ("replace", "/name", "a"), ("replace", "/name", "b")) == {"name": "b"}
    with pytest.raises(Invalid):
        _apply(before, ("replace", "/name", "a"), ("replace", "/nothing", "b"))
    assert before == {"name": "pets"}


def test_operations_of_one_request_are_bounded() -> None:
    with pytest.raises(Invalid, match="at most 200 patch operations"):
        _apply({}, *[("replace", "/name", "a")] * 201)
