"""The filter of ListUsers: one attribute, `=` or `^=`, and a quoted value.

ListUsersRequest, Filter: "Quotation marks within the filter string must be escaped using the
backslash (\\) character. For example, "family_name = \\"Reddy\\""." The documentation's escapes
are those of JSON; inside the value a backslash escapes a quotation mark and itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from idp.errors import InvalidParameter
from idp.user_pools.rules.usernames import FILTERABLE_ATTRIBUTES

SEARCHABLE = FILTERABLE_ATTRIBUTES | {"username", "sub", "cognito:user_status", "status"}

_FILTER = re.compile(
    r'\s*(?P<attribute>[^\s="^]+)\s*(?P<operator>\^?=)\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*',
    re.DOTALL,
)


@dataclass(frozen=True)
class Filter:
    """Which users to list: those whose attribute equals `value`, or starts with it."""

    attribute: str
    value: str
    is_prefix: bool = False

    def matches(self, value: str) -> bool:
        return value.startswith(self.value) if self.is_prefix else value == self.value


def parse_filter(text: str | None) -> Filter | None:
    """None for an empty filter, which lists every user. Raises `InvalidParameter`."""
    if not text or not text.strip():
        return None
    found = _FILTER.fullmatch(text)
    if not found:
        raise InvalidParameter("Error while parsing filter")
    attribute = found["attribute"]
    if attribute not in SEARCHABLE:
        raise InvalidParameter(f"Invalid search attribute: {attribute}")
    value = re.sub(r'\\(["\\])', r"\1", found["value"])
    # "cognito:user_status (called Status in the Console) (case-insensitive)"; it is stored as the
    # UserStatusType, all of whose values are in upper case.
    if attribute == "cognito:user_status":
        value = value.upper()
    return Filter(attribute, value, is_prefix=found["operator"] == "^=")
