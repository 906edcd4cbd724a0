from __future__ import annotations

import json
from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from tests.gateway.control.caller import NOON, Caller
from tests.gateway.control.rest.tree import Tree

MISSING = "Invalid Documentation part identifier specified"
TEXT = '{"description":"All pets"}'


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def _part(tree: Tree, properties: str = TEXT, **location: str) -> Any:
    location = location or {"type": "API"}
    return tree("CreateDocumentationPart", location=location, properties=properties)


def _listed(tree: Tree, **request: Any) -> list[str]:
    return [part["id"] for part in tree("GetDocumentationParts", **request)["items"]]


def test_part_is_made_changed_and_deleted(tree: Tree) -> None:
    made = _part(tree)
    where = {"documentationPartId": made["id"]}

    assert made == {"id": made["id"], "location": {"type": "API"}, "properties": TEXT}
    assert tree("GetDocumentationPart", **where) == made
    changed = tree.patch("UpdateDocumentationPart", ("replace", "/properties", "{}"), **where)
    assert changed == {**made, "properties": "{}"}
    tree("DeleteDocumentationPart", **where)
    for operation in ("GetDocumentationPart", "DeleteDocumentationPart"):
        with pytest.raises(Missing, match=MISSING):
            tree(operation, **where)


def test_one_location_has_one_part(tree: Tree) -> None:
    _part(tree)
    _part(tree, type="METHOD", path="/pets")
    with pytest.raises(
        Conflicting, match=r"already exists for the specified location: type 'API'\."
    ):
        _part(tree)
    with pytest.raises(Conflicting, match=r"type 'METHOD', path '/pets', method '\*'\."):
        _part(tree, type="METHOD", path="/pets", method="*")
    _part(tree, type="METHOD", path="/pets", method="GET")


@pytest.mark.parametrize(
    "location",
    [
        {"type": "API", "path": "/"},
        {"type": "RESOURCE", "path": "/", "name": "a"},
        {"type": "MODEL"},
        {"type": "REQUEST_HEADER", "path": "/", "method": "GET"},
        {"type": "METHOD", "path": "pets"},
        {"type": "METHOD", "path": "/", "method": "get"},
        {"type": "RESPONSE", "path": "/", "statusCode": "99"},
        {"type": "MODEL", "name": "x" * 257},
        {},
    ],
)
def test_location_says_what_its_type_has(tree: Tree, location: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        tree("CreateDocumentationPart", location=location, properties=TEXT)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", "[" * 5000, json.dumps({"a": "x" * 31_000})]
)
def test_properties_are_a_bounded_json_object(tree: Tree, text: str) -> None:
    with pytest.raises(Invalid):
        _part(tree, text)
    made = _part(tree)
    with pytest.raises(Invalid):
        tree.patch(
            "UpdateDocumentationPart",
            ("replace", "/properties", text),
            documentationPartId=made["id"],
        )


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (("add", "/properties", "{}"), "op 'add'. Please choose supported operations"),
        (("replace", "/invalidPath", "{}"), r"Must be one of: \[/properties\]"),
    ],
)
def test_other_patches_of_a_part_are_refused(tree: Tree, patch: tuple[str, ...], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        tree.patch("UpdateDocumentationPart", patch, documentationPartId=_part(tree)["id"])


def test_parts_are_found_by_type_path_and_name(tree: Tree) -> None:
    api = _part(tree)["id"]
    method = _part(tree, type="METHOD", path="/pets", method="GET")["id"]
    header = _part(tree, type="REQUEST_HEADER", path="/pets", method="GET", name="x-100%")["id"]

    assert set(_listed(tree)) == {api, method, header}
    assert _listed(tree, type="METHOD") == [method]
    assert set(_listed(tree, path="/pets")) == {method, header}
    assert _listed(tree, nameQuery="100%") == [header]
    assert _listed(tree, nameQuery="100_") == []
    assert _listed(tree, type="API", path="/pets") == []
    assert _listed(tree, type="API", locationStatus="DOCUMENTED") == [api]


@pytest.mark.parametrize("text", ["\x00", "a\x00b"])
def test_parts_are_not_looked_for_by_what_no_database_stores(tree: Tree, text: str) -> None:
    for member in ("path", "nameQuery"):
        with pytest.raises(Invalid, match="cannot be stored"):
            tree("GetDocumentationParts", **{member: text})


def test_parts_come_in_pages(tree: Tree) -> None:
    made = {_part(tree, type="MODEL", name=str(number))["id"] for number in range(3)}
    first = tree("GetDocumentationParts", limit=2, type="MODEL")
    second = tree("GetDocumentationParts", limit=2, type="MODEL", position=first["position"])
    assert {part["id"] for part in first["items"] + second["items"]} == made
    with pytest.raises(Invalid, match="position"):
        tree("GetDocumentationParts", type="API", position=first["position"])


def test_what_has_no_text_is_listed_too(tree: Tree) -> None:
    method = tree.method(
        resourceId=tree.resource("pets"),
        requestParameters={
            "method.request.header.X.y": True,
            "method.request.querystring.q": False,
        },
        requestModels={"application/json": "Empty"},
    )
    method("PutMethodResponse", statusCode="200", responseModels={"application/json": "Empty"})
    _part(tree, type="RESOURCE", path="/")
    here = {"path": "/pets", "method": "GET"}

    items = tree("GetDocumentationParts", locationStatus="UNDOCUMENTED", path="/pets")["items"]

    locations = [item["location"] for item in items]
    assert locations == [
        {"type": "RESOURCE", "path": "/pets"},
        {"type": "METHOD", **here},
        {"type": "REQUEST_HEADER", **here, "name": "X.y"},
        {"type": "QUERY_PARAMETER", **here, "name": "q"},
        {"type": "REQUEST_BODY", **here},
        {"type": "RESPONSE", **here, "statusCode": "200"},
        {"type": "RESPONSE_BODY", **here, "statusCode": "200"},
    ]
    everything = tree("GetDocumentationParts", locationStatus="UNDOCUMENTED")["items"]
    assert {"location": {"type": "MODEL", "name": "Error"}} in everything
    assert {"location": {"type": "RESOURCE", "path": "/"}} not in everything


def test_parts_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "DOCUMENTATION_PARTS_PER_API", 1)
    _part(tree)
    with pytest.raises(Exceeded, match="The limit is 1"):
        _part(tree, type="MODEL", name="a")


def _document(*parts: Any) -> bytes:
    extension = {"version": "1", "documentationParts": list(parts)}
    return json.dumps({"swagger": "2.0", "x-amazon-apigateway-documentation": extension}).encode()


API = {"location": {"type": "API"}, "properties": {"info": {"description": "New"}}}
MODEL = {"location": {"type": "MODEL", "name": "Pet"}, "properties": {"description": "A pet"}}


def test_import_merges_into_what_there_is(tree: Tree) -> None:
    made = _part(tree)
    kept = _part(tree, type="MODEL", name="Dog")["id"]

    imported = tree("ImportDocumentationParts", body=_document(API, MODEL))

    assert imported["ids"][0] == made["id"]
    assert "warnings" not in imported
    assert set(_listed(tree)) == {*imported["ids"], kept}
    part = tree("GetDocumentationPart", documentationPartId=made["id"])
    assert json.loads(part["properties"]) == {
        "description": "All pets",
        "info": {"description": "New"},
    }


def test_import_that_overwrites_leaves_nothing_else(tree: Tree) -> None:
    made = _part(tree)
    imported = tree("ImportDocumentationParts", body=_document(MODEL, API), mode="overwrite")

    assert set(_listed(tree)) == set(imported["ids"])
    assert made["id"] not in imported["ids"]


def test_import_warns_of_what_it_leaves_out(tree: Tree) -> None:
    broken = [{"location": {"type": "MODEL"}, "properties": {}}, 7, {"location": {"type": 1}}]
    imported = tree("ImportDocumentationParts", body=_document(API, *broken, API))

    assert len(imported["ids"]) == 1
    assert len(imported["warnings"]) == 4
    with pytest.raises(Invalid, match="needs a name"):
        tree("ImportDocumentationParts", body=_document(*broken), failOnWarnings=True)


@pytest.mark.parametrize(
    "body", [b"", b"swagger: 2.0", b"[]", b"{}", b"[" * 100_000, b'{"a":"\xff"}']
)
def test_import_of_anything_else_is_refused(tree: Tree, body: bytes) -> None:
    with pytest.raises(Invalid, match="Invalid OpenAPI input"):
        tree("ImportDocumentationParts", body=body)


def test_version_keeps_the_texts_and_shows_on_a_stage(tree: Tree) -> None:
    _part(tree)
    made = tree("CreateDocumentationVersion", documentationVersion="v1", description="First")

    assert made == {"version": "v1", "createdDate": NOON, "description": "First"}
    assert tree("GetDocumentationVersion", documentationVersion="v1") == made
    changed = tree.patch(
        "UpdateDocumentationVersion", ("replace", "/description", "1"), documentationVersion="v1"
    )
    assert changed == {**made, "description": "1"}
    assert tree("GetDocumentationVersions") == {"items": [changed]}
    tree("DeleteDocumentationVersion", documentationVersion="v1")
    with pytest.raises(Missing, match="Invalid Documentation version specified"):
        tree("GetDocumentationVersion", documentationVersion="v1")
    tree("CreateDocumentationVersion", documentationVersion="v1")


def test_version_exists_once(tree: Tree) -> None:
    tree("CreateDocumentationVersion", documentationVersion="v1")
    with pytest.raises(Conflicting, match="Version already exists"):
        tree("CreateDocumentationVersion", documentationVersion="v1")


@pytest.mark.parametrize("version", ["", "a/b", "x" * 65, "a b"])
def test_version_has_a_form(tree: Tree, version: str) -> None:
    with pytest.raises(Invalid, match="documentation version"):
        tree("CreateDocumentationVersion", documentationVersion=version)


def test_version_needs_the_stage_that_it_is_for(tree: Tree) -> None:
    with pytest.raises(Missing, match="Invalid stage identifier specified"):
        tree("CreateDocumentationVersion", documentationVersion="v1", stageName="dev")
    assert tree("GetDocumentationVersions") == {"items": []}
