"""The filter of ListUsers: one attribute, `=` or `^=`, and a quoted value.

ListUsersRequest, Filter: "Quotation marks within the filter string must be escaped using the
backslash (\\) character. For example, "family_name = \\"Reddy\\""." The documentation's escapes
are those of JSON; inside the value a backslash escapes a quotation mark and itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from idp.errors import InvalidParameter
from idp.user_pools.rules.attributes import is_storable
from idp.user_pools.rules.usernames import FILTERABLE_ATTRIBUTES

SEARCHABLE = FILTERABLE_ATTRIBUTES | {"username", "sub", "cognito:user_status", "status"}

_FILTER = re.compile(
    r'\s*(?P<attribute>[^\s="^]+)\s*(?P<operator>\^?=)\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*',
    re.DOTALL,
)


_LAST_CHARACTER = 0x10FFFF


@dataclass(frozen=True)
class Filter:
    """Which users to list: those whose attribute equals `value`, or starts with it."""

    attribute: str
    value: str
    is_prefix: bool = False

    @property
    def end(self) -> str | None:
        """The first text, by code points, after all that start with `value`: an index range.

        None where no text comes after them.
        """
        for last in range(len(self.value) - 1, -1, -1):
            following = ord(self.value[last]) + 1
            if following <= _LAST_CHARACTER:
                # Surrogates are no characters; the next one is beyond them.
                following = 0xE000 if following == 0xD800 else following
                return self.value[:last] + chr(following)
        return None


def parse(text: str) -> Filter:
    """The filter that `text` is; an empty text, which lists every user, is none of them.

    Raises `InvalidParameter`.
    """
    found = _FILTER.fullmatch(text)
    if not found or not is_storable(text):
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
