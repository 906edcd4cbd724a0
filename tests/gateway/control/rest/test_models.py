from __future__ import annotations

import json
from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree

JSON = "application/json"
PET = {"title": "Pet", "type": "object", "properties": {"name": {"type": "string"}}}
NO_SCHEMA = "Model schema must have at least 1 property or array items defined"


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def _model(tree: Tree, name: str = "Pet", schema: Any = PET, **members: Any) -> Any:
    request = {"name": name, "contentType": JSON, "schema": json.dumps(schema), **members}
    return tree("CreateModel", **request)


def _reference(tree: Tree, name: str) -> str:
    return f"https://apigateway.amazonaws.com/restapis/{tree.api}/models/{name}"


def test_model_is_made_read_and_deleted(tree: Tree) -> None:
    made = _model(tree, description="A pet")

    assert made == {
        "id": made["id"],
        "name": "Pet",
        "description": "A pet",
        "contentType": JSON,
        "schema": json.dumps(PET),
    }
    assert tree("GetModel", modelName="Pet") == made
    tree("DeleteModel", modelName="Pet")
    with pytest.raises(Missing, match="Invalid model name specified: Pet"):
        tree("GetModel", modelName="Pet")


def test_new_api_has_empty_and_error(tree: Tree) -> None:
    assert [model["name"] for model in tree("GetModels")["items"]] == ["Empty", "Error"]


def test_models_come_in_pages_by_name(tree: Tree) -> None:
    _model(tree)
    first = tree("GetModels", limit=2)
    second = tree("GetModels", limit=2, position=first["position"])

    assert [model["name"] for model in first["items"] + second["items"]] == [
        "Empty",
        "Error",
        "Pet",
    ]
    assert "position" not in second


def test_two_models_cannot_have_one_name(tree: Tree) -> None:
    _model(tree)
    with pytest.raises(Conflicting, match="Model name already exists for this REST API"):
        _model(tree)


@pytest.mark.parametrize(
    ("name", "why"), [("", "must be non-empty"), ("a b", "alphanumeric"), ("a" * 129, "128")]
)
def test_name_of_a_model_is_alphanumeric(tree: Tree, name: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        _model(tree, name)


@pytest.mark.parametrize("schema", [None, "", "  ", "{}"])
def test_model_without_a_schema_is_refused_in_the_words_of_aws(
    tree: Tree, schema: str | None
) -> None:
    with pytest.raises(Invalid, match=NO_SCHEMA):
        tree("CreateModel", name="Pet", contentType=JSON, schema=schema)


def test_schema_of_another_content_type_is_not_json(tree: Tree) -> None:
    made = tree("CreateModel", name="Xml", contentType="application/xml", schema="<schema/>")
    assert made["schema"] == "<schema/>"


@pytest.mark.parametrize("content_type", ["json", "a/b\r\nc: d", "*/*", ""])
def test_content_type_of_a_model_is_one(tree: Tree, content_type: str) -> None:
    with pytest.raises(Invalid, match="Invalid content type"):
        _model(tree, contentType=content_type)


def test_schema_larger_than_400_kb_is_refused(tree: Tree) -> None:
    text = json.dumps({"description": "x" * quotas.MODEL_SCHEMA_BYTES, **PET})
    with pytest.raises(Invalid, match="at most 400 KB"):
        tree("CreateModel", name="Pet", contentType=JSON, schema=text)


def test_reference_leads_to_a_model_of_the_same_api(tree: Tree) -> None:
    _model(tree)
    made = _model(tree, "Pets", {"type": "array", "items": {"$ref": _reference(tree, "Pet")}})
    assert made["name"] == "Pets"

    with pytest.raises(Invalid, match="Invalid model name specified: Dog"):
        _model(tree, "Dogs", {"type": "array", "items": {"$ref": _reference(tree, "Dog")}})
    for reference in (
        "https://schemas.example/pet.json",
        "http://169.254.169.254/latest",
        "Pet",
        "#/definitions/Pet",
        _reference(tree, "Pet").replace(tree.api, "otherapi00"),
    ):
        with pytest.raises(Invalid, match="Model reference must be in canonical form"):
            _model(tree, "Others", {"type": "array", "items": {"$ref": reference}})


def test_model_that_is_too_large_with_those_it_refers_to_is_refused(tree: Tree) -> None:
    wide = {"properties": {str(number): {} for number in range(1500)}}
    _model(tree, schema=wide)
    both = {"allOf": [{"$ref": _reference(tree, "Pet")}], **wide}
    with pytest.raises(Invalid, match="the schema is too large"):
        _model(tree, "Both", both)


def test_model_does_not_grow_beyond_what_others_can_hold(tree: Tree) -> None:
    wide = {"properties": {str(number): {} for number in range(1500)}}
    _model(tree)
    _model(tree, "Both", {"allOf": [{"$ref": _reference(tree, "Pet")}], **wide})

    with pytest.raises(Invalid, match="the schema is too large"):
        tree.patch("UpdateModel", ("replace", "/schema", json.dumps(wide)), modelName="Pet")
    assert json.loads(tree("GetModel", modelName="Pet")["schema"]) == PET


def test_model_refers_to_itself(tree: Tree) -> None:
    children = {"type": "array", "items": {"$ref": _reference(tree, "Node")}}
    made = _model(tree, "Node", {"type": "object", "properties": {"children": children}})
    assert made["name"] == "Node"


def test_flattened_model_holds_those_that_it_refers_to(tree: Tree) -> None:
    inner = {"definitions": {"Name": {"type": "string"}}}
    inner["properties"] = {"name": {"$ref": "#/definitions/Name"}}  # type: ignore[dict-item]
    _model(tree, schema=inner)
    _model(tree, "Pets", {"type": "array", "items": {"$ref": _reference(tree, "Pet")}})

    flat = json.loads(tree("GetModel", modelName="Pets", flatten=True)["schema"])

    assert flat["items"] == {"$ref": "#/definitions/Pet"}
    assert flat["definitions"]["Pet"]["properties"]["name"] == {
        "$ref": "#/definitions/Pet/definitions/Name"
    }
    assert "definitions" not in json.loads(tree("GetModel", modelName="Pets")["schema"])


def test_models_of_a_clone_refer_to_its_own(tree: Tree) -> None:
    _model(tree)
    _model(tree, "Pets", {"type": "array", "items": {"$ref": _reference(tree, "Pet")}})
    clone = Tree.planted(tree.caller, cloneFrom=tree.api)

    schema = clone("GetModel", modelName="Pets")["schema"]

    assert json.loads(schema)["items"] == {"$ref": _reference(clone, "Pet")}
    assert clone.patch("UpdateModel", ("replace", "/schema", schema), modelName="Pets")


def test_template_takes_each_property_from_the_payload(tree: Tree) -> None:
    owner = {"type": "object", "properties": {"id": {"type": "integer"}}}
    _model(tree, schema={"properties": {"name": {"type": "string"}, "owner": owner}})

    assert tree("GetModelTemplate", modelName="Pet") == {
        "value": (
            "#set($inputRoot = $input.path('$'))\n"
            "{\n"
            "  \"name\" : $input.json('$.name'),\n"
            '  "owner" : {\n'
            "    \"id\" : $input.json('$.owner.id')\n"
            "  }\n"
            "}"
        )
    }
    with pytest.raises(Missing, match="Invalid model name specified: Dog"):
        tree("GetModelTemplate", modelName="Dog")


def test_schema_and_description_change(tree: Tree) -> None:
    _model(tree)
    changed = tree.patch(
        "UpdateModel",
        ("replace", "/schema", '{"type":"object"}'),
        ("replace", "/description", "New"),
        modelName="Pet",
    )
    assert (changed["schema"], changed["description"]) == ('{"type":"object"}', "New")


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (("add", "/wrong-path", "x"), "op 'add'. Please choose supported operations"),
        (("replace", "/name", "x"), r"op 'replace'. Must be one of: \[/description, /schema\]"),
        (("replace", "/schema", ""), NO_SCHEMA),
        (("replace", "/schema"), NO_SCHEMA),
    ],
)
def test_other_patches_of_a_model_are_refused(tree: Tree, patch: tuple[str, ...], why: str) -> None:
    _model(tree)
    with pytest.raises(Invalid, match=why):
        tree.patch("UpdateModel", patch, modelName="Pet")


def test_model_that_a_method_takes_cannot_be_deleted(tree: Tree) -> None:
    _model(tree)
    method = tree.method(requestModels={JSON: "Pet"})

    with pytest.raises(Conflicting, match="'Pet', is referenced in method request: //GET"):
        tree("DeleteModel", modelName="Pet")
    method("DeleteMethod")
    tree("DeleteModel", modelName="Pet")


def test_model_that_a_method_answers_with_cannot_be_deleted(tree: Tree) -> None:
    _model(tree)
    method = tree.method(resourceId=tree.resource("pets"))
    method("PutMethodResponse", statusCode="200", responseModels={JSON: "Pet"})

    with pytest.raises(Conflicting, match="'Pet', is referenced in method response: /pets/GET"):
        tree("DeleteModel", modelName="Pet")


def test_model_that_another_refers_to_cannot_be_deleted(tree: Tree) -> None:
    _model(tree)
    _model(tree, "Pets", {"type": "array", "items": {"$ref": _reference(tree, "Pet")}})

    with pytest.raises(Conflicting, match="'Pet', is referenced in model: Pets"):
        tree("DeleteModel", modelName="Pet")


def test_models_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MODELS_PER_API", 2)
    with pytest.raises(Exceeded, match="The limit is 2"):
        _model(tree)


def test_models_belong_to_an_account(tree: Tree, caller: Caller) -> None:
    foreign = Tree(caller.elsewhere(account="111111111111"), tree.api, tree.root)
    with pytest.raises(Missing, match="Invalid API identifier specified 111111111111"):
        foreign("GetModels")
