"""NameIDs: what two sides call a person (SAML 2.0 Core §2.2.2)."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from federation.saml.names import NAME_ID
from idp.user_pools.services.upstream import UpstreamFailed

FORMAT, QUALIFIER, SP_QUALIFIER = "format", "name_qualifier", "sp_name_qualifier"
"""Members of what a session's row remembers beside the text."""

Element = Any


@dataclass(frozen=True)
class NameId:
    """What is absent is empty."""

    text: str
    format: str = ""
    name_qualifier: str = ""
    sp_name_qualifier: str = ""

    @property
    def details(self) -> dict[str, str]:
        """All but the text, as it is stored."""
        found = {
            FORMAT: self.format,
            QUALIFIER: self.name_qualifier,
            SP_QUALIFIER: self.sp_name_qualifier,
        }
        return {member: said for member, said in found.items() if said}

    def element(self) -> Element:
        given = {
            "Format": self.format,
            "NameQualifier": self.name_qualifier,
            "SPNameQualifier": self.sp_name_qualifier,
        }
        found = etree.Element(NAME_ID, {name: said for name, said in given.items() if said})
        found.text = self.text
        return found


def stored(text: str, details: Mapping[str, Any]) -> NameId:
    """The name whose text and `details` were stored."""
    return NameId(
        text,
        details.get(FORMAT, ""),
        details.get(QUALIFIER, ""),
        details.get(SP_QUALIFIER, ""),
    )


def only(found: Sequence[Element]) -> NameId:
    """What the one NameID says that was found, by its whole text. Raises `UpstreamFailed`."""
    if len(found) != 1 or len(found[0]) or not (found[0].text or "").strip():
        raise UpstreamFailed("The SAML message names nobody.")
    name = found[0]
    return NameId(
        str(name.text).strip(),
        name.get("Format", ""),
        name.get("NameQualifier", ""),
        name.get("SPNameQualifier", ""),
    )
