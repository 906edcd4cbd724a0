"""Templates of search filters, as an operator may write them for a pool's directory."""

from __future__ import annotations

import re
from typing import Any

from idp.user_pools.rules.documented_settings import Check

LONGEST = 1024
_ITEM = re.compile(r"\(([^()]*)\)")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

IN_CHAIN = "(member:1.2.840.113556.1.4.1941:={dn})"
"""LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS §3.1.1.3.4.4): members of a group, and of groups in it."""


def text(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > LONGEST or "\x00" in value:
        raise ValueError(f"must be a text of at most {LONGEST} characters")
    return value


def template(*required: str, known: frozenset[str]) -> Check:
    def check(value: Any) -> str:
        found = set(_PLACEHOLDER.findall(text(value)))
        if not found <= known or not found.intersection(required):
            names = " or ".join(f"{{{each}}}" for each in required)
            raise ValueError(f"must be a filter that holds {names}")
        if not all(map(_is_plain_item, _ITEM.findall(str(value)))):
            raise ValueError("must compare what is put in as it is, and not as a part of a DN")
        return str(value)

    return check


def _is_plain_item(item: str) -> bool:
    """A value is escaped for the filter. Within a DN it would have to be escaped once more, and
    nobody can tell from a filter what is one."""
    attribute, _, assertion = item.partition("=")
    if "{" in attribute or ("{dn}" in assertion and assertion != "{dn}"):
        return False
    return "{username}" not in assertion or not re.search("[=,]", assertion)
