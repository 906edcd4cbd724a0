"""What CreateIntegration and UpdateIntegration check of integrations with a subtype."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.control.credentials import CALLER
from gateway.control.documents import Document
from gateway.control.errors import Invalid, unsupported
from gateway.integrations.service_subtypes import SUBTYPES, Subtype
from gateway.mapping.request_expressions import InvalidExpression, require_expression
from gateway.performers.services import Services
from kernel.aws.operations import Call

CONFIGURED_ONLY = {
    "CredentialsArn": (
        "there are no roles to assume: calls to AWS services are signed with the operator's key "
        "(aws_access_key_id)"
    )
}
PARAMETER_CHARACTERS = 512


def require_subtype(call: Call, document: Document) -> None:
    """Refuse a service integration that no request could be served by. Raises `Invalid`."""
    name = document["IntegrationSubtype"]
    subtype = SUBTYPES.get(name)
    if subtype is None:
        known = ", ".join(SUBTYPES)
        raise Invalid(f"Invalid IntegrationSubtype {name}: it must be one of {known}")
    _require_members(document)
    parameters = document.get("RequestParameters", {})
    _require_keys(name, subtype, parameters)
    for key, text in parameters.items():
        _require_value(key, text)
    why = Services.from_settings(call.kernel.settings).refusal(subtype.service, call.account)
    if why:
        raise unsupported(f"IntegrationSubtype {name}", why)


def refuse_members(document: Document) -> None:
    """Refuse what only service integrations have. Raises `Invalid`."""
    if document.get("CredentialsArn"):
        raise unsupported(
            "CredentialsArn",
            "functions of your own server need no role, and HTTP integrations use none",
        )


def _require_members(document: Document) -> None:
    if document.get("IntegrationType") != "AWS_PROXY":
        raise Invalid("IntegrationSubtype needs the IntegrationType AWS_PROXY")
    if document["PayloadFormatVersion"] != "1.0":
        raise Invalid("PayloadFormatVersion must be 1.0 for an integration with a subtype")
    for member in ("IntegrationUri", "IntegrationMethod", "TlsConfig"):
        if document.get(member):
            raise Invalid(f"{member} is not for integrations with a subtype")
    if document.get("CredentialsArn") == CALLER:
        raise unsupported("CredentialsArn", "nobody can sign as the caller of an API")


def _require_keys(name: str, subtype: Subtype, parameters: Mapping[str, str]) -> None:
    lacking = [key for key in subtype.required if not parameters.get(key)]
    if lacking:
        raise Invalid(f"{name} needs the RequestParameters {', '.join(lacking)}")
    unknown = parameters.keys() - {*subtype.required, *subtype.optional}
    if unknown:
        raise Invalid(f"{name} takes no RequestParameters {', '.join(sorted(unknown))}")


def _require_value(key: str, text: str) -> None:
    if not 1 <= len(text) <= PARAMETER_CHARACTERS:
        raise Invalid(
            f"RequestParameters {key} must have from 1 to {PARAMETER_CHARACTERS} characters"
        )
    try:
        require_expression(text)
    except InvalidExpression as error:
        raise Invalid(str(error)) from None
