"""What a method may ask of its requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.models import Api, Authorizer
from gateway.control.rest.bounds import VERBS, require_maps, require_option, require_texts
from gateway.control.rest.mapping_names import require_content_types, require_request_names
from gateway.control.rest.models import MODEL, REQUEST_VALIDATOR, Part
from gateway.control.rest.patching import Document
from gateway.control.scopes import require_scopes

AUTHORIZERS: Mapping[str, frozenset[str]] = {
    "CUSTOM": frozenset({"TOKEN", "REQUEST"}),
    "COGNITO_USER_POOLS": frozenset({"COGNITO_USER_POOLS"}),
    "JWT": frozenset({"JWT"}),
}
"""The types of authorizer that each authorization type takes."""
AUTHORIZATION_TYPES = ("NONE", "AWS_IAM", *AUTHORIZERS)
WITH_SCOPES = frozenset({"COGNITO_USER_POOLS", "JWT"})
NEEDS_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
    "COGNITO_USER_POOLS requires a valid authorizer."
)


def require_verb(verb: str) -> None:
    """Refuse what is no HTTP method of an API. Raises `Invalid`."""
    require_option("HttpMethod", verb, VERBS)


def require_method(session: Session, api: Api, method: Document) -> None:
    """Check a whole method but for its responses and integration. Raises `Invalid`."""
    require_maps(method, ("requestParameters", "requestModels"))
    require_texts(method, ("operationName",))
    _require_authorization(session, api, method)
    _require_scopes(method)
    _require_validator(session, api, method.get("requestValidatorId"))
    require_request_names(method.get("requestParameters", {}))
    require_content_types(method.get("requestModels", {}))
    require_models(session, api, method.get("requestModels", {}).values())


def require_models(session: Session, api: Api, names: Iterable[str]) -> None:
    """Refuse models that the API does not have. Raises `Invalid`."""
    wanted = set(names)
    query = select(Part.name).where(
        Part.api_id == api.id, Part.kind == MODEL, Part.name.in_(wanted)
    )
    missing = sorted(wanted - set(session.scalars(query))) if wanted else []
    if missing:
        raise Invalid(f"Invalid model identifier specified: {missing[0]}")


def drop_unused(method: Document) -> None:
    """Take off what only another authorization type has, as AWS does when the type changes."""
    if method["authorizationType"] not in AUTHORIZERS:
        method.pop("authorizerId", None)
    if method["authorizationType"] not in WITH_SCOPES:
        method.pop("authorizationScopes", None)


def _require_authorization(session: Session, api: Api, method: Document) -> None:
    kind = method.get("authorizationType") or ""
    require_option("AuthorizationType", kind, AUTHORIZATION_TYPES)
    if kind not in AUTHORIZERS:
        return
    authorizer = session.get(Authorizer, (api.id, method.get("authorizerId", "")))
    if authorizer is None or authorizer.document.get("type") not in AUTHORIZERS[kind]:
        raise Invalid(NEEDS_AUTHORIZER)


def _require_scopes(method: Document) -> None:
    scopes = method.get("authorizationScopes", [])
    if scopes and method["authorizationType"] not in WITH_SCOPES:
        raise Invalid("Authorization scopes need the authorization type COGNITO_USER_POOLS or JWT")
    if len(scopes) > quotas.SCOPES_PER_ROUTE:
        raise Invalid(f"A method has at most {quotas.SCOPES_PER_ROUTE} authorization scopes")
    require_scopes(scopes)


def _require_validator(session: Session, api: Api, validator_id: str | None) -> None:
    if validator_id is None:
        return
    if session.get(Part, (api.id, REQUEST_VALIDATOR, validator_id)) is None:
        raise Invalid("Invalid Request Validator identifier specified")
