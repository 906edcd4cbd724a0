"""Whatever is sent is done or refused, and what was done can be served."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.control.compiling.compiler import Compiler
from gateway.control.errors import Refused
from gateway.control.rest.model_schemas import require_schema
from gateway.control.rest.model_templates import sample_template
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.release import deploy, mock
from tests.gateway.control.rest.tree import Tree

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

SETTINGS = st.sampled_from(
    [
        "metrics/enabled",
        "logging/loglevel",
        "throttling/rateLimit",
        "throttling/burstLimit",
        "caching/ttlInSeconds",
        "caching/enabled",
    ]
)
METHODS = st.sampled_from(["*/*", "~1/GET", "~1pets~1{id}/ANY", "a/b/POST", "x", "~1/get"])
PATHS = st.one_of(
    st.sampled_from(
        [
            "/deploymentId",
            "/description",
            "/variables",
            "/variables/a",
            "/accessLogSettings",
            "/accessLogSettings/format",
            "/canarySettings",
            "/canarySettings/deploymentId",
            "/canarySettings/percentTraffic",
            "/canarySettings/stageVariableOverrides",
            "/canarySettings/stageVariableOverrides/a",
            "/cacheClusterEnabled",
            "/methodSettings",
        ]
    ),
    st.builds("/{}/{}".format, METHODS, SETTINGS),
    st.builds("/{}".format, METHODS),
    st.text(max_size=20).map("/{}".format),
)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(["true", "false", "1", "-1", "0.5", "1e309", "nan", "INFO", ""]),
    st.text(max_size=10),
)
OPERATIONS = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
        "path": PATHS,
        "value": VALUES,
        "from": st.one_of(st.none(), PATHS),
    }
)


@pytest.fixture
def tree(caller: Caller) -> Tree:
    tree = Tree.planted(caller)
    mock(tree)
    deploy(tree, stageName="dev")
    return tree


@QUICK
@given(st.lists(OPERATIONS, max_size=4))
def test_stage_after_any_patches_is_served(tree: Tree, operations: list[dict[str, Any]]) -> None:
    with contextlib.suppress(Refused):
        tree("UpdateStage", stageName="dev", patchOperations=operations)
    stages = tree.caller.kernel.database.read(Compiler().load).apis[tree.api].stages
    assert "dev" in stages


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "$ref", "pattern", "required", "enum", "allOf"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@QUICK
@given(JSON_VALUES)
def test_any_schema_is_taken_or_refused(schema: Any) -> None:
    try:
        require_schema(json.dumps(schema), "application/json", "abc", {"Pet"})
    except Refused:
        return
    assert sample_template(schema).startswith("#set")


@QUICK
@given(st.text(max_size=60))
def test_any_text_is_taken_for_a_schema_or_refused(text: str) -> None:
    try:
        require_schema(text, "application/json", "abc", set())
    except Refused:
        return
    assert isinstance(json.loads(text), dict)


@QUICK
@given(
    st.dictionaries(
        st.sampled_from(["type", "path", "method", "statusCode", "name"]),
        st.one_of(st.sampled_from(["API", "METHOD", "/", "*", "GET", "200"]), st.text(max_size=9)),
    ),
    st.text(max_size=20),
)
def test_any_documentation_part_is_taken_or_refused(
    tree: Tree, location: dict[str, str], properties: str
) -> None:
    with contextlib.suppress(Refused):
        tree("CreateDocumentationPart", location=location, properties=properties)
