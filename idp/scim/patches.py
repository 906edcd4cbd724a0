"""The body of a PATCH (RFC 7644 §3.5.2), checked by the library once it is known to be small enough
to be."""

from __future__ import annotations

from typing import Any

from scim2_models import Context as Meaning
from scim2_models import InvalidPathException, InvalidValueException, PatchOp

from idp.scim import dialects, models
from idp.scim.context import Document
from idp.scim.layout import Layout
from kernel.threads import compute

MOST_OPERATIONS = 1000
LONGEST_PATH = 1024


def read(layout: Layout, kind: str, body: Document) -> PatchOp[Any]:
    """Raises pydantic's `ValidationError`, and SCIM's own errors."""
    _check(body)
    # Models are made on the hub, where nobody else makes the same one at the same time.
    return compute(_validated, models.patch(layout, kind), body)


def _validated(message: type[PatchOp[Any]], body: Document) -> PatchOp[Any]:
    return message.model_validate(
        dialects.patch(body),
        scim_ctx=Meaning.RESOURCE_PATCH_REQUEST,
        scim_policy=models.POLICY,
    )


def _check(body: Document) -> None:
    """Each path, and each name in a value without one, is parsed: their number and their length
    decide how long that takes."""
    for name, value in body.items():
        if name.lower() != "operations" or not isinstance(value, list):
            continue
        if sum(map(_parsed, value)) > MOST_OPERATIONS:
            raise InvalidValueException(detail=f"A PATCH has {MOST_OPERATIONS} operations at most.")
        if any(len(str(_member(each, "path"))) > LONGEST_PATH for each in value):
            raise InvalidPathException(detail=f"A path has {LONGEST_PATH} characters at most.")


def _parsed(operation: Any) -> int:
    value = _member(operation, "value")
    return 1 + (len(value) if isinstance(value, dict) else 0)


def _member(operation: Any, wanted: str) -> Any:
    """However its name is spelled: names tell no case."""
    members = operation.items() if isinstance(operation, dict) else ()
    return next((value for name, value in members if name.lower() == wanted), "")
