"""The operations on authorizers: who may call the methods that name them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas, raised_quotas
from gateway.control import repository
from gateway.control.errors import ERRORS, Conflicting, Invalid, Missing
from gateway.control.models import Api, Authorizer
from gateway.control.repository import find_rest_api
from gateway.control.rest.authorizer_rules import DEFAULT_TTL, require_authorizer
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Choice, ItemByValue, Member, Number, Patch, Patches, Text
from gateway.control.rest.references import require_unused
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    "authType": "it is a note for exports, without an effect on AWS either",
    "authorizerCredentials": "functions are called by the gateway itself, which takes no role",
}

family = OperationFamily("apigateway", errors=ERRORS, configured_only=CONFIGURED_ONLY)

MEMBERS = (
    "authType",
    "authorizerCredentials",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "identitySource",
    "identityValidationExpression",
    "jwtConfiguration",
    "name",
    "providerARNs",
    "type",
)
TYPES = ("COGNITO_USER_POOLS", "JWT", "REQUEST", "TOKEN")
AUTH_TYPES = {"COGNITO_USER_POOLS": "cognito_user_pools", "REQUEST": "custom", "TOKEN": "custom"}
"""What AWS shows as `authType` where nobody chose one."""
FUNCTIONS = ("REQUEST", "TOKEN")
"""The types whose answers are kept, for `DEFAULT_TTL` where nobody said how long."""
_MISSING = "Invalid Authorizer identifier specified"


PATCHES = Patches(
    Text("/authType"),
    Text("/authorizerCredentials"),
    Number("/authorizerResultTtlInSeconds", 0, quotas.AUTHORIZER_TTL_SECONDS),
    Text("/authorizerUri", most=2048),
    Member("/identitySource", Patch.text, removable=True, addable=True),
    Member("/identityValidationExpression", Patch.text, removable=True, addable=True),
    Text("/name", least=1, most=128),
    Choice("/type", *TYPES),
    ItemByValue("/providerARNs"),
)


@changes_rest_api(family, "CreateAuthorizer")
def create_authorizer(session: Session, call: Call, api: Api, request: Input) -> Output:
    most = raised_quotas.most("authorizers_per_api", call.kernel.settings)
    repository.require_room_in_api(session, Authorizer, api, most)
    authorizer = Authorizer(
        api_id=api.id,
        id=repository.new_part_id(session, Authorizer, api, call.kernel.randomness),
    )
    set_authorizer(session, api, authorizer, request)
    session.add(authorizer)
    return _present(authorizer)


@family.reads("GetAuthorizer")
def get_authorizer(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    return _present(_find(session, api, request["authorizerId"]))


@family.reads("GetAuthorizers")
def get_authorizers(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    query = select(Authorizer).where(Authorizer.api_id == api.id)
    return page(session, call, request, query, Authorizer.id, _present)


@changes_rest_api(family, "UpdateAuthorizer")
def update_authorizer(session: Session, _call: Call, api: Api, request: Input) -> Output:
    authorizer = _find(session, api, request["authorizerId"])
    changed = PATCHES.apply({**authorizer.document, "name": authorizer.name}, request)
    if changed["type"] != authorizer.document["type"]:
        # Its methods' authorization types would not fit any more.
        _require_unused(session, api, authorizer)
    _store(session, api, authorizer, changed)
    return _present(authorizer)


@changes_rest_api(family, "DeleteAuthorizer")
def delete_authorizer(session: Session, _call: Call, api: Api, request: Input) -> None:
    authorizer = _find(session, api, request["authorizerId"])
    _require_unused(session, api, authorizer)
    session.delete(authorizer)


def _require_unused(session: Session, api: Api, authorizer: Authorizer) -> None:
    what = f"authorizer '{authorizer.name}'"
    require_unused(session, api, what, "authorizerId", authorizer.id)


def _find(session: Session, api: Api, authorizer_id: str) -> Authorizer:
    try:
        return repository.find(session, Authorizer, api, authorizer_id)
    except Missing:
        raise Missing(_MISSING) from None


def set_authorizer(
    session: Session, api: Api, authorizer: Authorizer, request: dict[str, Any]
) -> None:
    """Let an authorizer be what CreateAuthorizer's members say. Raises `Invalid`, `Conflicting`."""
    given = {member: request[member] for member in MEMBERS if request.get(member) is not None}
    _store(session, api, authorizer, given)


def _store(session: Session, api: Api, authorizer: Authorizer, given: dict[str, Any]) -> None:
    """Take on the members that say something. Raises `Invalid` and `Conflicting`."""
    document = {name: value for name, value in given.items() if value not in ("", [])}
    name = document.pop("name", "")
    if not name.strip() or len(name) > 128:
        raise Invalid("Authorizer name must have from 1 to 128 characters")
    if len(document.get("authType", "")) > 1024:
        raise Invalid("authType has at most 1024 characters")
    if document.get("authType") in (None, *AUTH_TYPES.values()):
        document["authType"] = AUTH_TYPES.get(document["type"], "")
    require_authorizer(document)
    others = repository.all_of(session, Authorizer, api)
    if any(other.name == name and other.id != authorizer.id for other in others):
        raise Conflicting(f"Authorizer name must be unique. Authorizer {name} already exists")
    authorizer.name = name
    authorizer.document = {member: value for member, value in document.items() if value != ""}


def _present(authorizer: Authorizer) -> Output:
    document = authorizer.document
    kept = {"authorizerResultTtlInSeconds": DEFAULT_TTL} if document["type"] in FUNCTIONS else {}
    return {**kept, **document, "id": authorizer.id, "name": authorizer.name}
