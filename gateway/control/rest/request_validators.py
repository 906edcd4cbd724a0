"""The operations on request validators: what of a method's requests is validated."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.errors import ERRORS, Conflicting, Invalid
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest import parts
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.models import REQUEST_VALIDATOR, Part
from gateway.control.rest.pages import page
from gateway.control.rest.part_patching import Switch
from gateway.control.rest.patching import Patches, Text
from gateway.control.rest.references import require_unused
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

MISSING = "Invalid Request Validator identifier specified"
NAME_CHARACTERS = 128
PATCHES = Patches(
    Text("/name", most=NAME_CHARACTERS),
    Switch("/validateRequestParameters"),
    Switch("/validateRequestBody"),
)


@changes_rest_api(family, "CreateRequestValidator")
def create_request_validator(session: Session, call: Call, api: Api, request: Input) -> Output:
    parts.require_room(
        session, api, REQUEST_VALIDATOR, quotas.REQUEST_VALIDATORS_PER_API, "Request Validators"
    )
    part = Part(
        api_id=api.id,
        kind=REQUEST_VALIDATOR,
        id=parts.new_id(session, api, REQUEST_VALIDATOR, call.kernel.randomness),
        document={
            "validateRequestBody": request.get("validateRequestBody") or False,
            "validateRequestParameters": request.get("validateRequestParameters") or False,
        },
    )
    _name(session, api, part, request.get("name") or "")
    session.add(part)
    return _present(part)


@family.reads("GetRequestValidator")
def get_request_validator(session: Session, call: Call, request: Input) -> Output:
    return _present(_find(session, find_rest_api(session, call, request["restApiId"]), request))


@family.reads("GetRequestValidators")
def get_request_validators(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    query = parts.of_kind(api, REQUEST_VALIDATOR)
    return page(session, call, request, query, Part.id, _present)


@changes_rest_api(family, "UpdateRequestValidator")
def update_request_validator(session: Session, _call: Call, api: Api, request: Input) -> Output:
    part = _find(session, api, request)
    document = PATCHES.apply({**part.document, "name": part.name}, request)
    name = document.pop("name")
    if name != part.name:
        _name(session, api, part, name)
    part.document = document
    return _present(part)


@changes_rest_api(family, "DeleteRequestValidator")
def delete_request_validator(session: Session, _call: Call, api: Api, request: Input) -> None:
    part = _find(session, api, request)
    require_unused(session, api, f"request validator '{part.name}'", "requestValidatorId", part.id)
    session.delete(part)


def _find(session: Session, api: Api, request: Input) -> Part:
    return parts.find_part(session, api, REQUEST_VALIDATOR, request["requestValidatorId"], MISSING)


def _name(session: Session, api: Api, part: Part, name: str) -> None:
    if not name.strip():
        raise Invalid("Request Validator name cannot be blank")
    if len(name) > NAME_CHARACTERS or not name.isprintable():
        raise Invalid(
            f"Request Validator name has at most {NAME_CHARACTERS} characters, all printable"
        )
    if parts.part_named(session, api, REQUEST_VALIDATOR, name) is not None:
        raise Conflicting("Request Validator name already exists for this REST API")
    part.name = name


def _present(part: Part) -> Output:
    return {**part.document, "id": part.id, "name": part.name}
