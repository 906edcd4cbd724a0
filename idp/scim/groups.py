"""Groups: `/Groups` and `/Groups/ID`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scim2_models import Context as Meaning
from scim2_models import PayloadTooLargeException, ResponseParameters, TooManyException
from sqlalchemy.orm import Session

from idp.errors import GroupNotFound
from idp.scim import bodies, group_changes, models, parameters, patches, schemas
from idp.scim.context import Context, Document, Request, entity_tag, is_named
from idp.scim.replies import Reply
from idp.scim.results import Kind
from idp.user_pools.rules import usernames
from idp.user_pools.services import provisioned_groups, provisioned_members, provisioning_search
from idp.user_pools.services.provisioned_groups import ProvisionedGroup
from idp.user_pools.services.provisioned_members import MOST_MEMBERS

ENDPOINT, KIND = "Groups", "Group"


def kind(context: Context, asked: ResponseParameters[Any]) -> Kind:
    with_members = parameters.asks_for_members(asked)
    return Kind(
        KIND,
        lambda terms: provisioning_search.groups(context.pool, terms),
        lambda names, is_told: _load(context, names, with_members=with_members and is_told),
    )


def _load(
    context: Context, names: Sequence[str], *, with_members: bool
) -> list[tuple[str, Document]]:
    """Representations by the groups' names, in their order. Groups that the directory meets for
    the first time get their ids."""
    database, pool_id = context.kernel.database, context.pool.id

    def unit(session: Session) -> list[tuple[str, Document]]:
        found = provisioned_groups.named(session, pool_id, names)
        _check_size(found if with_members else [])
        return [
            (each.group.name, _represent(context, session, each, with_members=with_members))
            for each in found
        ]

    loaded = database.read(unit)
    if len(loaded) < len(names):
        database.write(provisioned_groups.identify, context.kernel, pool_id, names)
        loaded = database.read(unit)
    return loaded


def _check_size(groups: Sequence[ProvisionedGroup]) -> None:
    if sum(group.size for group in groups) > MOST_MEMBERS:
        raise TooManyException(
            detail=f"{MOST_MEMBERS} members are told at most. Ask with excludedAttributes=members, "
            'and for the groups of a person with filter=members eq "ID".'
        )


def _represent(
    context: Context, session: Session, group: ProvisionedGroup, *, with_members: bool
) -> Document:
    document: Document = {
        "schemas": [schemas.GROUP],
        "id": group.id,
        "displayName": group.display_name,
        "meta": {
            "resourceType": KIND,
            "created": group.group.created.isoformat(),
            "lastModified": group.modified.isoformat(),
            "location": context.location(ENDPOINT, group.id),
            "version": entity_tag(group.version),
        },
    }
    if group.external_id is not None:
        document["externalId"] = group.external_id
    if with_members and group.size:
        members = provisioned_members.members(session, group.group, MOST_MEMBERS)
        document["members"] = [
            {"value": each, "$ref": context.location("Users", each), "type": "User"}
            for each in members
        ]
    return document


def get(context: Context, asked: Request) -> Reply:
    selection = _selection(context, asked)
    document = _one(context, asked.path[1], parameters.asks_for_members(selection))
    version = document["meta"]["version"]
    if asked.if_none_match and is_named(version[3:-1], asked.if_none_match):
        return Reply(304, None, {"ETag": version})
    return _reply(context, selection, document)


def create(context: Context, asked: Request) -> Reply:
    selection = _selection(context, asked)
    change = _checked(context, asked, Meaning.RESOURCE_CREATION_REQUEST)
    group_id = context.kernel.database.write(
        provisioned_groups.create, context.kernel, context.pool, change
    )
    document = _one(context, group_id, parameters.asks_for_members(selection))
    return _reply(context, selection, document, status=201)


def replace_all(context: Context, asked: Request) -> Reply:
    selection = _selection(context, asked)
    _change(context, asked, _checked(context, asked, Meaning.RESOURCE_REPLACEMENT_REQUEST))
    document = _one(context, asked.path[1], parameters.asks_for_members(selection))
    return _reply(context, selection, document)


def modify(context: Context, asked: Request) -> Reply:
    """What a group has become is told to whom asks for its attributes: it may be large (RFC 7644
    §3.5.2 leaves the choice)."""
    selection = _selection(context, asked)
    patch = patches.read(context.layout, KIND, asked.body)
    _change(context, asked, group_changes.of_patch(asked.path[1], patch))
    if not selection.attributes:
        document = _one(context, asked.path[1], with_members=False)
        return Reply(204, None, {"ETag": document["meta"]["version"]})
    document = _one(context, asked.path[1], parameters.asks_for_members(selection))
    return _reply(context, selection, document)


def delete(context: Context, asked: Request) -> Reply:
    _check_id(asked.path[1])
    context.kernel.database.write(
        provisioned_groups.remove, context.pool, asked.path[1], context.settings, asked.expects
    )
    return Reply(204)


def _change(context: Context, asked: Request, change: provisioned_groups.Change) -> None:
    _check_id(asked.path[1])
    context.kernel.database.write(
        provisioned_groups.change,
        context.kernel,
        context.pool,
        asked.path[1],
        context.settings,
        change,
        asked.expects,
    )


def _checked(context: Context, asked: Request, meaning: Meaning) -> provisioned_groups.Change:
    """The body without its members is the library's to check."""
    rest = {name: value for name, value in asked.body.items() if name.lower() != "members"}
    if bodies.entries(rest) > bodies.MOST_ENTRIES:
        raise PayloadTooLargeException(detail="A group has a name, an id and members.")
    models.model(context.layout, KIND).model_validate(
        rest, scim_ctx=meaning, scim_policy=models.POLICY
    )
    return group_changes.of_resource(asked.body)


def _check_id(group_id: str) -> None:
    if not usernames.may_be_sub(group_id):
        raise GroupNotFound


def _one(context: Context, group_id: str, with_members: bool) -> Document:
    _check_id(group_id)

    def unit(session: Session) -> Document:
        group = provisioned_groups.find(session, context.pool.id, group_id)
        _check_size([group] if with_members else [])
        return _represent(context, session, group, with_members=with_members)

    return context.kernel.database.read(unit)


def _selection(context: Context, asked: Request) -> ResponseParameters[Any]:
    given = {
        name: asked.parameters[name] for name in parameters.SELECTION if name in asked.parameters
    }
    return parameters.search(context.layout, KIND, given)


def _reply(
    context: Context, selection: ResponseParameters[Any], document: Document, status: int = 200
) -> Reply:
    cut = parameters.selecting(context.layout, KIND, selection)
    meta = document["meta"]
    return Reply(status, cut(document), {"ETag": meta["version"], "Location": meta["location"]})
