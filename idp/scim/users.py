"""Users: `/Users` and `/Users/ID`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from scim2_models import Context as Meaning
from scim2_models import Extension, MutabilityException, PayloadTooLargeException, Resource
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, UserNotFound
from idp.scim import bodies, dialects, models, parameters, patches, schemas, user_mapping
from idp.scim.context import Context, Document, Request, entity_tag, is_named
from idp.scim.replies import Reply
from idp.scim.results import Kind
from idp.user_pools.rules import usernames
from idp.user_pools.services import (
    provisioned_arrivals,
    provisioned_groups,
    provisioned_members,
    provisioned_users,
    provisioning_search,
)
from idp.user_pools.services.provisioned_users import Changed, Provisioned, Wanted
from kernel.threads import compute

ENDPOINT, KIND = "Users", "User"
ATTEMPTS = 3
"""How often a change is made anew that met another one."""
LARGEST = 64 * 1024


def kind(context: Context) -> Kind:
    return Kind(
        KIND,
        lambda terms: provisioning_search.users(context.pool, terms),
        lambda keys, _is_told: [(each["id"], each) for each in load(context, keys)],
    )


def load(context: Context, user_ids: Sequence[str]) -> list[Document]:
    """Representations of those users that are there, in the order of their ids."""
    database, pool_id = context.kernel.database, context.pool.id

    def unit(
        session: Session,
    ) -> tuple[list[Provisioned], dict[str, list[str]], dict[str, tuple[str, str]]]:
        people = provisioned_users.several(session, pool_id, user_ids)
        groups = provisioned_members.of_users(session, user_ids)
        names = {name for each in groups.values() for name in each}
        return people, groups, provisioned_groups.labels(session, pool_id, names)

    people, groups, labels = database.read(unit)
    names = {name for each in groups.values() for name in each}
    if names - labels.keys():
        database.write(provisioned_groups.identify, context.kernel, pool_id, names)
        people, groups, labels = database.read(unit)
    return [
        _represent(
            context, each, [labels[name] for name in groups.get(each.user.id, ()) if name in labels]
        )
        for each in people
    ]


def _represent(
    context: Context, person: Provisioned, groups: Sequence[tuple[str, str]]
) -> Document:
    document = user_mapping.describe(context.layout, person)
    if groups:
        document["groups"] = [
            {
                "value": group_id,
                "$ref": context.location("Groups", group_id),
                "display": name,
                "type": "direct",
            }
            for group_id, name in groups
        ]
    document["meta"] = {
        "resourceType": KIND,
        "created": person.user.created.isoformat(),
        "lastModified": person.modified.isoformat(),
        "location": context.location(ENDPOINT, person.user.id),
        "version": entity_tag(person.version),
    }
    return document


def get(context: Context, asked: Request) -> Reply:
    document = _one(context, asked.path[1])
    if asked.if_none_match and is_named(_version(document), asked.if_none_match):
        return Reply(304, None, {"ETag": document["meta"]["version"]})
    return _reply(context, asked, document)


def create(context: Context, asked: Request) -> Reply:
    _selecting(context, asked)  # what cannot be answered is refused before anything is made
    given = _given(context, asked, Meaning.RESOURCE_CREATION_REQUEST)
    wanted = user_mapping.read(context.layout, _dumped(given))
    user_id = provisioned_arrivals.create(context.kernel, context.pool, context.settings, wanted)
    document = _one(context, user_id)
    return _reply(context, asked, document, status=201)


def replace_all(context: Context, asked: Request) -> Reply:
    given = _given(context, asked, Meaning.RESOURCE_REPLACEMENT_REQUEST)

    def change(before: Resource[Any]) -> Document:
        after = given.model_copy(deep=True)
        _keep_unnamed(after, before)
        after.replace(before)
        return _dumped(after)

    return _change(context, asked, change)


def modify(context: Context, asked: Request) -> Reply:
    _check_size(asked.body)
    patch = patches.read(context.layout, KIND, asked.body)

    def change(before: Resource[Any]) -> Document:
        after = before.model_copy(deep=True)
        patch.patch(after, scim_policy=models.POLICY)
        return _dumped(after)

    return _change(context, asked, change)


def _given(context: Context, asked: Request, meaning: Meaning) -> Resource[Any]:
    """The body as a user. Raises pydantic's `ValidationError`."""
    _check_size(asked.body)
    model = models.model(context.layout, KIND)
    given: Resource[Any] = model.model_validate(
        dialects.resource(asked.body), scim_ctx=meaning, scim_policy=models.POLICY
    )
    return given


def _check_size(body: Document) -> None:
    """What is read of a person is small; the models take a hundred times as long as the parser."""
    if len(orjson.dumps(body)) > LARGEST:
        raise PayloadTooLargeException(detail=f"A user has {LARGEST} bytes at most.")
    if bodies.entries(body) > bodies.MOST_ENTRIES:
        raise PayloadTooLargeException(detail=f"A user has {bodies.MOST_ENTRIES} values at most.")


def delete(context: Context, asked: Request) -> Reply:
    before = _find(context, asked.path[1])
    if not asked.expects(before.version):
        raise Changed
    provisioned_users.delete(context.kernel, context.pool, context.settings, before)
    return Reply(204)


def _change(context: Context, asked: Request, change: Any) -> Reply:
    """Read the user, change the representation, and store what is different, unless somebody else
    was faster: then once more, as long as the caller has not said which version is meant."""
    _selecting(context, asked)
    for attempt in range(1, ATTEMPTS + 1):
        before = _find(context, asked.path[1])
        if not asked.expects(before.version):
            raise Changed
        try:
            _store(context, before, change)
        except Changed:
            if asked.if_match is not None or attempt == ATTEMPTS:
                raise
        else:
            break
    return _reply(context, asked, _one(context, asked.path[1]))


def _store(context: Context, before: Provisioned, change: Any) -> None:
    document = user_mapping.describe(context.layout, before)
    model = models.model(context.layout, KIND)
    resource = model.model_validate(document, scim_policy=models.POLICY)
    wanted = user_mapping.read(context.layout, compute(change, resource))
    wanted = _named(context, before, document, wanted)
    provisioned_users.update(context.kernel, context.pool, context.settings, before, wanted)


def _named(context: Context, before: Provisioned, document: Document, wanted: Wanted) -> Wanted:
    """Where an address is the username, one of the two that changes takes the other along.

    Raises `InvalidParameter` where both change, and differ.
    """
    shown = document["userName"]
    kind_of_name = user_mapping.name_kind(context.layout, before.user)
    if kind_of_name is None:
        if wanted.name != shown:
            raise MutabilityException(detail="'userName' is immutable")
        return wanted
    given, settings = wanted.attributes[kind_of_name], context.pool.settings
    name = wanted.name if wanted.name != shown else given or shown
    differs = usernames.normalise(given, settings) != usernames.normalise(name, settings)
    if given not in ("", shown) and differs:
        raise InvalidParameter(f"User attribute {kind_of_name} must be equal to the username.")
    return replace(wanted, name=name, attributes={**wanted.attributes, kind_of_name: name})


def _keep_unnamed(after: Resource[Any], before: Resource[Any]) -> None:
    """Of the pool's own extension, what a replacement does not name stays (RFC 7644 §3.5.1 leaves
    it to the server): applications write these attributes too."""
    extension = type(after).get_extension_model(schemas.POOL)
    if extension is None:
        return
    kept: Extension | None = before[extension]
    given: Extension | None = after[extension]
    if kept is None or given is None:
        after[extension] = kept if given is None else given
        return
    named = {name: getattr(given, name) for name in given.model_fields_set}
    after[extension] = kept.model_copy(update=named)


def _dumped(resource: Resource[Any]) -> Document:
    dumped: Document = resource.model_dump(scim_ctx=Meaning.DEFAULT)
    return dumped


def _find(context: Context, user_id: str) -> Provisioned:
    if not usernames.may_be_sub(user_id):
        raise UserNotFound
    return context.kernel.database.read(provisioned_users.find, context.pool.id, user_id)


def _one(context: Context, user_id: str) -> Document:
    found = load(context, [user_id]) if usernames.may_be_sub(user_id) else []
    if not found:
        raise UserNotFound
    return found[0]


def _version(document: Document) -> str:
    return str(document["meta"]["version"])[3:-1]


def _selecting(context: Context, asked: Request) -> Callable[[Document], Document]:
    """What the request wants to see of a user. Raises what `parameters.search` raises."""
    selection = parameters.search(
        context.layout,
        KIND,
        {name: asked.parameters[name] for name in parameters.SELECTION if name in asked.parameters},
    )
    return parameters.selecting(context.layout, KIND, selection)


def _reply(context: Context, asked: Request, document: Document, status: int = 200) -> Reply:
    meta = document["meta"]
    headers = {"ETag": meta["version"], "Location": meta["location"]}
    return Reply(status, _selecting(context, asked)(document), headers)
