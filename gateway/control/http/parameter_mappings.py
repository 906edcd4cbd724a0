"""RequestParameters and ResponseParameters of an integration: what may be stored, and updates."""

from __future__ import annotations

from gateway.control.documents import Document, merged
from gateway.control.errors import Invalid, unsupported
from gateway.mapping.http_mappings import InvalidMapping, check_request, check_response
from kernel.aws.operations import Input

REQUEST = "RequestParameters"
RESPONSE = "ResponseParameters"


def set_parameter_mappings(document: Document, before: Document, request: Input) -> None:
    """Put the mappings of a request into an integration's document, beside those it had.

    An update with an empty value removes a mapping; what is not named stays. Raises `Invalid`.
    """
    for member in (REQUEST, RESPONSE):
        given = request.get(member)
        kept = dict(before.get(member, {}))
        document.pop(member, None)
        changed = kept if given is None else _changed(member, kept, given)
        if changed:
            document[member] = changed
    if document["IntegrationType"] != "HTTP_PROXY":
        _refuse(document)
    try:
        check_request(document.get(REQUEST, {}))
        check_response(document.get(RESPONSE, {}))
    except InvalidMapping as error:
        raise Invalid(f"Invalid parameter mapping specified: {error}") from None


def _changed(member: str, kept: Document, given: Document) -> Document:
    if member == REQUEST:
        return merged(kept, given)
    by_status = {status: merged(kept.get(status, {}), each) for status, each in given.items()}
    return {status: each for status, each in {**kept, **by_status}.items() if each}


def _refuse(document: Document) -> None:
    for member in (REQUEST, RESPONSE):
        if member in document:
            raise unsupported(member, "only HTTP_PROXY integrations map parameters")
