from __future__ import annotations

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def test_new_resource_stands_below_its_parent(tree: Tree) -> None:
    made = tree("CreateResource", parentId=tree.root, pathPart="pets")
    child = tree("CreateResource", parentId=made["id"], pathPart="{id}")

    assert made == {
        "id": made["id"],
        "parentId": tree.root,
        "pathPart": "pets",
        "path": "/pets",
    }
    assert child["path"] == "/pets/{id}"
    assert tree("GetResource", resourceId=child["id"]) == child


@pytest.mark.parametrize(
    "part", ["users", "{user_id}", "{proxy+}", "us:er_0-9", "user_09", "good-dog", "v1.0", "a:b"]
)
def test_path_parts_of_aws_are_taken(tree: Tree, part: str) -> None:
    assert tree("CreateResource", parentId=tree.root, pathPart=part)["path"] == f"/{part}"


@pytest.mark.parametrize(
    "part",
    [
        "/users",
        "users/",
        "users/{user_id}",
        "us{er",
        "us+er",
        "",
        "{}",
        "{+}",
        "{a}{b}",
        "a b",
        "é",
        "a%2fb",
        "{a",
        "a}",
        "{a+}b",
        "$a",
        "a?b",
        "a#b",
        "a\r\nb",
        "{a/b}",
        "*",
    ],
)
def test_malformed_path_part_is_refused_in_the_words_of_aws(tree: Tree, part: str) -> None:
    with pytest.raises(Invalid, match="Resource's path part only allow"):
        tree("CreateResource", parentId=tree.root, pathPart=part)


@pytest.mark.parametrize("part", [".", ".."])
def test_parts_that_no_request_can_have_are_refused(tree: Tree, part: str) -> None:
    with pytest.raises(Invalid, match="no request can have it"):
        tree("CreateResource", parentId=tree.root, pathPart=part)


def test_variable_is_named_once_on_a_path(tree: Tree) -> None:
    resource = tree.resource("{id}", "toys")

    with pytest.raises(Invalid, match="names a variable twice"):
        tree("CreateResource", parentId=resource, pathPart="{id}")


def test_second_child_of_a_name_is_refused(tree: Tree) -> None:
    tree.resource("pets")

    with pytest.raises(Conflicting) as refusal:
        tree.resource("pets")

    assert str(refusal.value) == (
        "Another resource with the same parent already has this name: pets"
    )


@pytest.mark.parametrize("part", ["{dynamic}", "{other+}"])
def test_second_variable_on_a_level_is_refused(tree: Tree, part: str) -> None:
    tree.resource("{proxy+}")

    with pytest.raises(Invalid) as refusal:
        tree.resource(part)

    assert str(refusal.value) == (
        "A sibling ({proxy+}) of this resource already has a variable path part -- "
        "only one is allowed"
    )


def test_variable_stands_beside_literals(tree: Tree) -> None:
    parent = tree.resource("parent")
    for part in ("{proxy+}", "child"):
        tree("CreateResource", parentId=parent, pathPart=part)

    assert tree.paths() == ["/", "/parent", "/parent/child", "/parent/{proxy+}"]


def test_nothing_stands_below_a_greedy_variable(tree: Tree) -> None:
    greedy = tree.resource("{proxy+}")

    with pytest.raises(Invalid) as refusal:
        tree("CreateResource", parentId=greedy, pathPart="child")

    assert str(refusal.value) == (
        "Cannot create a child of a resource with a greedy path variable: {proxy+}"
    )


def test_path_is_bounded(tree: Tree) -> None:
    resource = tree.resource("x" * 600)

    with pytest.raises(Invalid, match="at most 1024 characters"):
        tree("CreateResource", parentId=resource, pathPart="x" * 600)


def test_apis_have_so_many_resources_and_no_more(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "RESOURCES_PER_API", 3)
    tree.resource("a", "b")

    with pytest.raises(Exceeded, match="Maximum number of Resources for this API"):
        tree.resource("c")


@pytest.mark.parametrize("unknown", ["nosuch", "", "x" * 200, "a/b", "a'b", "é"])
def test_unknown_resource_is_not_found(tree: Tree, unknown: str) -> None:
    with pytest.raises(Missing, match="Invalid Resource identifier specified"):
        tree("CreateResource", parentId=unknown, pathPart="pets")
    for operation in ("GetResource", "UpdateResource", "DeleteResource"):
        with pytest.raises(Missing, match="Invalid Resource identifier specified"):
            tree(operation, resourceId=unknown)


def test_resource_of_another_api_is_not_found(caller: Caller, tree: Tree) -> None:
    other = Tree.planted(caller).resource("pets")

    with pytest.raises(Missing):
        tree("GetResource", resourceId=other)


def test_methods_are_embedded_where_they_are_asked_for(tree: Tree) -> None:
    method = tree.method(httpMethod="POST", operationName="AddPet")

    bare = tree("GetResource", resourceId=tree.root)["resourceMethods"]
    full = tree("GetResource", resourceId=tree.root, embed=["methods"])["resourceMethods"]

    assert bare == {"POST": {}}
    assert full == {"POST": method("GetMethod")}
    assert tree("GetResources")["items"][0]["resourceMethods"] == bare
    assert tree("GetResources", embed=["methods"])["items"][0]["resourceMethods"] == full


@pytest.mark.parametrize("embed", [["models"], ["methods", "methods"], [""]])
def test_nothing_else_is_embedded(tree: Tree, embed: list[str]) -> None:
    for operation, where in (("GetResources", {}), ("GetResource", {"resourceId": tree.root})):
        with pytest.raises(Invalid, match="Invalid embed parameter"):
            tree(operation, embed=embed, **where)


def test_renamed_resource_takes_its_subtree_along(tree: Tree) -> None:
    pets = tree.resource("pets", "{id}", "toys") and tree("GetResources")["items"][1]["id"]
    tree.resource("pets-of-others")

    renamed = tree.patch("UpdateResource", ("replace", "/pathPart", "dogs"), resourceId=pets)

    assert (renamed["path"], renamed["pathPart"]) == ("/dogs", "dogs")
    assert tree.paths() == ["/", "/dogs", "/dogs/{id}", "/dogs/{id}/toys", "/pets-of-others"]


def test_moved_resource_takes_its_subtree_along(tree: Tree) -> None:
    there = tree.resource("there")
    a = tree.resource("a")
    tree("CreateResource", parentId=a, pathPart="a")

    moved = tree.patch("UpdateResource", ("replace", "/parentId", there), resourceId=a)

    assert moved == {"id": a, "parentId": there, "pathPart": "a", "path": "/there/a"}
    assert tree.paths() == ["/", "/there", "/there/a", "/there/a/a"]


def test_resource_moves_to_the_root_and_back(tree: Tree) -> None:
    deep = tree.resource("a", "b", "c")
    parent = tree("GetResource", resourceId=deep)["parentId"]

    tree.patch("UpdateResource", ("replace", "/parentId", tree.root), resourceId=deep)
    assert tree.paths() == ["/", "/a", "/a/b", "/c"]
    tree.patch("UpdateResource", ("replace", "/parentId", parent), resourceId=deep)
    assert tree.paths() == ["/", "/a", "/a/b", "/a/b/c"]


def test_move_and_rename_go_together(tree: Tree) -> None:
    there, pets = tree.resource("there"), tree.resource("pets")

    tree.patch(
        "UpdateResource",
        ("replace", "/parentId", there),
        ("replace", "/pathPart", "dogs"),
        resourceId=pets,
    )

    assert tree.paths() == ["/", "/there", "/there/dogs"]


def test_resource_that_stays_where_it_is_is_left_alone(tree: Tree) -> None:
    pets = tree.resource("pets")

    tree.patch(
        "UpdateResource",
        ("replace", "/pathPart", "pets"),
        ("replace", "/parentId", tree.root),
        resourceId=pets,
    )

    assert tree.paths() == ["/", "/pets"]


def test_resource_cannot_hang_below_itself(tree: Tree) -> None:
    pets = tree.resource("pets")
    child = tree("CreateResource", parentId=pets, pathPart="toys")["id"]

    for parent in (pets, child):
        with pytest.raises(Invalid) as refusal:
            tree.patch("UpdateResource", ("replace", "/parentId", parent), resourceId=pets)
        assert str(refusal.value) == "Resources cannot be cyclical."


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (("replace", "/pathPart", "x"), "Root resource cannot update its pathPart."),
        (("replace", "/parentId", "abc"), "Root resource cannot update its parentId."),
    ],
)
def test_root_stays_the_root(tree: Tree, patch: tuple[str, ...], message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        tree.patch("UpdateResource", patch, resourceId=tree.root)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            ("replace", "/invalid", "x"),
            "Invalid patch path  '/invalid' specified for op 'replace'. "
            "Must be one of: [/parentId, /pathPart]",
        ),
        (
            ("remove", "/pathPart"),
            "Invalid patch path  '/pathPart' specified for op 'remove'. "
            "Please choose supported operations",
        ),
        (
            ("add", "/pathPart", "x"),
            "Invalid patch path  '/pathPart' specified for op 'add'. "
            "Please choose supported operations",
        ),
        (("replace", "/pathPart"), "Missing value for the patch path /pathPart"),
        (("replace", "pathPart", "x"), "A patch operation needs an op, and a path"),
    ],
)
def test_other_patches_are_refused_in_the_words_of_aws(
    tree: Tree, patch: tuple[str, ...], message: str
) -> None:
    pets = tree.resource("pets")

    with pytest.raises(Invalid) as refusal:
        tree.patch("UpdateResource", ("replace", "/pathPart", "dogs"), patch, resourceId=pets)

    assert message in str(refusal.value)
    assert tree.paths() == ["/", "/pets"]


def test_taken_name_refuses_renames_and_moves(tree: Tree) -> None:
    pets, dogs = tree.resource("pets"), tree.resource("dogs")
    inner = tree("CreateResource", parentId=dogs, pathPart="pets")["id"]
    message = "Another resource with the same parent already has this name: pets"

    with pytest.raises(Conflicting, match=message):
        tree.patch("UpdateResource", ("replace", "/pathPart", "pets"), resourceId=dogs)
    with pytest.raises(Conflicting, match=message):
        tree.patch("UpdateResource", ("replace", "/parentId", tree.root), resourceId=inner)
    with pytest.raises(Missing, match="Invalid Resource identifier specified"):
        tree.patch("UpdateResource", ("replace", "/parentId", "nosuch"), resourceId=pets)


def test_no_move_or_rename_breaks_the_rules_of_variables(tree: Tree) -> None:
    pets = tree.resource("pets")
    tree("CreateResource", parentId=pets, pathPart="{id}")
    owners = tree.resource("{id}")
    greedy = tree("CreateResource", parentId=owners, pathPart="{rest+}")["id"]

    with pytest.raises(Invalid, match="names a variable twice"):
        tree.patch(
            "UpdateResource",
            ("replace", "/parentId", owners),
            ("replace", "/pathPart", "a"),
            resourceId=pets,
        )
    with pytest.raises(Invalid, match="already has a variable path part"):
        tree.patch("UpdateResource", ("replace", "/pathPart", "{name}"), resourceId=pets)
    with pytest.raises(Invalid, match="child of a resource with a greedy path variable"):
        tree.patch("UpdateResource", ("replace", "/parentId", greedy), resourceId=pets)
    tree("DeleteResource", resourceId=owners)
    with pytest.raises(Invalid, match="A resource with children cannot be a greedy"):
        tree.patch("UpdateResource", ("replace", "/pathPart", "{all+}"), resourceId=pets)


def test_moved_subtree_keeps_within_the_bound_of_paths(tree: Tree) -> None:
    long, other = tree.resource("x" * 600), tree.resource("y" * 300, "z" * 300)
    top = tree("GetResource", resourceId=other)["parentId"]

    with pytest.raises(Invalid, match="at most 1024 characters"):
        tree.patch("UpdateResource", ("replace", "/parentId", long), resourceId=top)


def test_deleted_resource_takes_its_subtree_along(tree: Tree) -> None:
    pets = tree.resource("pets")
    child = tree("CreateResource", parentId=pets, pathPart="toys")["id"]
    tree.method(resourceId=child)
    tree.resource("pets-of-others")

    tree("DeleteResource", resourceId=pets)

    assert tree.paths() == ["/", "/pets-of-others"]
    with pytest.raises(Missing):
        tree("DeleteResource", resourceId=child)


def test_root_is_not_deleted(tree: Tree) -> None:
    with pytest.raises(Invalid, match="The root resource cannot be deleted"):
        tree("DeleteResource", resourceId=tree.root)
