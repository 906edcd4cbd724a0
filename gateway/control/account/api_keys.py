"""API keys: made, changed, shown. Which stages they open is a matter of usage plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account import key_values
from gateway.control.account.finding import require_room, require_stage
from gateway.control.account.models import ApiKey
from gateway.control.account.patch_rules import ValueOfList
from gateway.control.errors import Conflicting, Invalid
from gateway.control.repository import new_id
from gateway.control.rest.patching import Flag, Patches, Text
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, Output

MEMBERS = ("name", "description", "customerId")
LENGTHS = {"name": 1024, "description": 1024, "customerId": 256}
PATCHES = Patches(
    Text("/name"),
    Text("/description"),
    Text("/customerId", most=256),
    Flag("/enabled"),
    ValueOfList("/stages", "stageKeys"),
)


def create(session: Session, call: Call, request: Input) -> tuple[ApiKey, str]:
    """A new key and its value. Raises `Invalid`, `Conflicting`, `Exceeded` and `Missing`."""
    if request.get("generateDistinctId") is False:
        raise Invalid(
            "generateDistinctId is deprecated and must be true: the identifier of an API key is "
            "in paths and logs, where its value must not be"
        )
    require_room(session, call, ApiKey, quotas.API_KEYS_PER_ACCOUNT_AND_REGION, "API keys")
    value = request.get("value") or key_values.generate(call.kernel.randomness)
    key_values.require_value(value)
    fingerprint = key_values.fingerprint_of(call.kernel.sealer, value)
    if session.scalar(select(ApiKey.id).where(ApiKey.fingerprint == fingerprint)):
        raise Conflicting("API Key already exists")
    key_id = new_id(call.kernel.randomness, 10, lambda made: session.get(ApiKey, made))
    key = new(call, key_id, value, fingerprint, document_of(session, call, request))
    session.add(key)
    return key, value


def document_of(session: Session, call: Call, request: Input) -> dict[str, Any]:
    """What is stored of a new key's members. Raises `Invalid` and `Missing`."""
    for member, most in LENGTHS.items():
        if len(request.get(member) or "") > most:
            raise Invalid(f"{member} should be at most {most} characters")
    document = {member: request[member] for member in MEMBERS if request.get(member)}
    document["enabled"] = bool(request.get("enabled", False))
    tags = request.get("tags") or {}
    require_tags(tags)
    if tags:
        document["tags"] = tags
    stages = [_stage_key(given) for given in request.get("stageKeys") or []]
    require_stages(session, call, stages)
    if stages:
        document["stageKeys"] = stages
    return document


def new(call: Call, key_id: str, value: str, fingerprint: str, document: dict[str, Any]) -> ApiKey:
    """A key that is not stored yet."""
    now = call.kernel.clock.now()
    return ApiKey(
        id=key_id,
        account=call.account,
        region=call.region,
        fingerprint=fingerprint,
        sealed=key_values.seal(call.kernel.sealer, key_id, value),
        document=document,
        created=now,
        updated=now,
    )


def update(session: Session, call: Call, key: ApiKey, request: Input) -> None:
    """Change a key by patch operations. Raises `Invalid` and `Missing`."""
    document = PATCHES.apply(key.document, request)
    added = set(document.get("stageKeys", [])) - set(key.document.get("stageKeys", []))
    require_stages(session, call, sorted(added))
    key.document = document
    key.updated = call.kernel.clock.now()


def require_stages(session: Session, call: Call, stages: Sequence[str]) -> None:
    """Refuse `API/STAGE` pairs that are not the caller's. Raises `Invalid` and `Missing`."""
    if len(stages) > quotas.STAGES_PER_USAGE_PLAN:
        raise Invalid(f"An API key has at most {quotas.STAGES_PER_USAGE_PLAN} stages")
    for pair in stages:
        api_id, slash, stage = pair.partition("/")
        if not (api_id and slash and stage):
            raise Invalid("A stage of an API key has the form restApiId/stageName")
        require_stage(session, call, api_id, stage)


def present(key: ApiKey) -> Output:
    """A key as AWS shows it, without its value."""
    return {
        "id": key.id,
        "createdDate": key.created,
        "lastUpdatedDate": key.updated,
        "stageKeys": [],
        **key.document,
    }


def value_of(call: Call, key: ApiKey) -> str:
    """The value of a key. Raises `Unsealable`."""
    return key_values.unseal(call.kernel.sealer, key.id, key.sealed)


def _stage_key(given: Mapping[str, str]) -> str:
    return f"{given.get('restApiId', '')}/{given.get('stageName', '')}"
