"""What a query asks for (RFC 7644 §3.4.2, §3.9), and the answer cut to the attributes asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from scim2_models import Context as Meaning
from scim2_models import (
    InvalidFilterException,
    InvalidValueException,
    ResponseParameters,
    SearchRequest,
)

from idp.scim import models
from idp.scim.context import Document
from idp.scim.layout import Layout

LONGEST_FILTER = 4096
MOST_NAMES, LONGEST_NAMES = 100, 8192
"""How many attributes are named, and their characters in all."""
SELECTION = ("attributes", "excludedAttributes")
QUERY = (*SELECTION, "filter", "startIndex", "count", "cursor")
"""`sortBy` is not supported and, as RFC 7644 §3.4.2.3 has it, left aside."""


def search(layout: Layout, kind: str, given: Mapping[str, Any]) -> SearchRequest[Any]:
    """Of a query string, or of the body of `.search`. Raises pydantic's `ValidationError`."""
    # Names of messages tell no case either.
    known = {name.lower(): name for name in QUERY}
    asked = {known[name.lower()]: given[name] for name in given if name.lower() in known}
    if len(str(asked.get("filter", ""))) > LONGEST_FILTER:
        raise InvalidFilterException(detail=f"A filter has {LONGEST_FILTER} characters at most.")
    for name in SELECTION:
        _check_names(asked.get(name))
    return _search(layout, kind).model_validate(asked, scim_policy=models.POLICY)


def _check_names(given: Any) -> None:
    names = given.split(",") if isinstance(given, str) else given
    if isinstance(names, list) and (
        len(names) > MOST_NAMES or sum(len(str(name)) for name in names) > LONGEST_NAMES
    ):
        raise InvalidValueException(detail=f"{MOST_NAMES} attributes are named at most.")


@lru_cache(maxsize=2 * models.MOST_LAYOUTS)
def _search(layout: Layout, kind: str) -> type[SearchRequest[Any]]:
    made: Any = SearchRequest.__class_getitem__(models.model(layout, kind))
    return made  # type: ignore[no-any-return]  # a parameterised class


def selecting(
    layout: Layout, kind: str, asked: ResponseParameters[Any]
) -> Callable[[Document], Document]:
    """Cuts a representation to what was asked for."""
    if not asked.attributes and not asked.excluded_attributes:
        return _whole
    model = models.model(layout, kind)

    def cut(document: Document) -> Document:
        # One of the members shows what is left of each: a group may have 40,000.
        members = document.get("members")
        probe = document if members is None else {**document, "members": members[:1]}
        dumped: Document = model.model_validate(probe, scim_policy=models.POLICY).model_dump(
            scim_ctx=Meaning.RESOURCE_QUERY_RESPONSE, response_parameters=asked
        )
        if members and dumped.get("members"):
            left = dumped["members"][0].keys()
            dumped["members"] = [
                {name: value for name, value in each.items() if name in left} for each in members
            ]
        return dumped

    return cut


def _whole(document: Document) -> Document:
    return document


def asks_for_members(asked: ResponseParameters[Any]) -> bool:
    """Whether a group's members are in the answer at all."""
    if asked.attributes:
        return any(_names_members(path) for path in asked.attributes)
    return not any(
        str(path).lower().endswith("members") for path in asked.excluded_attributes or ()
    )


def _names_members(path: Any) -> bool:
    return "members" in str(path).lower().rpartition(":")[2].split(".")
