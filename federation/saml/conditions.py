"""What a verified assertion must say before it is believed (SAML 2.0 Profiles §4.1.4.3)."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from federation.saml import name_ids, times
from federation.saml.name_ids import NameId
from federation.saml.names import BEARER, SAML, TRANSIENT
from federation.saml.times import LEEWAY
from idp.user_pools.services.upstream import UpstreamFailed

if TYPE_CHECKING:
    from federation.saml.response import ServiceProvider

LONGEST_SESSION_INDEX = 512
KNOWN = ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")

Element = Any


def saml(name: str) -> str:
    return f"{{{SAML}}}{name}"


def check(assertion: Element, issuer: str, provider: ServiceProvider, now: float) -> None:
    """Raises `UpstreamFailed`."""
    complaint = ""
    if (assertion.findtext(saml("Issuer")) or "").strip() != issuer:
        complaint = "is of another issuer"
    elif not times.is_recent(times.moment(assertion.get("IssueInstant")), now):
        complaint = "was not issued just now"
    elif not _is_for(assertion, provider.entity_id):
        complaint = "is meant for somebody else"
    elif not _is_in_time(assertion.find(saml("Conditions")), now):
        complaint = "has expired or is of the future"
    elif not any(
        _confirms(confirmation, provider, now)
        for confirmation in assertion.findall(f"{saml('Subject')}/{saml('SubjectConfirmation')}")
    ):
        complaint = "does not belong to this sign-in"
    if complaint:
        raise UpstreamFailed(f"The identity provider's assertion {complaint}.")


def name_id(assertion: Element) -> NameId:
    """Whom it is about, by the whole text of the NameID. Raises `UpstreamFailed`.

    A transient one names nobody: the next sign-in would be by a stranger (Core §8.3.8).
    """
    found = name_ids.only(assertion.findall(f"{saml('Subject')}/{saml('NameID')}"))
    if found.format == TRANSIENT:
        raise UpstreamFailed("The identity provider's name for the person is only transient.")
    return found


def session_index(assertion: Element) -> str | None:
    """What the provider calls its session, if it says so (Core §2.7.2)."""
    found = [each.get("SessionIndex", "") for each in assertion.findall(saml("AuthnStatement"))]
    return next((index for index in found if 0 < len(index) <= LONGEST_SESSION_INDEX), None)


def proven(assertion: Element, now: float) -> float | None:
    """When the person proved himself (AuthnInstant, Core §2.7.2), as far as that can be true: with
    several statements, the first time. Raises `UpstreamFailed`."""
    statements = assertion.findall(saml("AuthnStatement"))
    said = [times.moment(each.get("AuthnInstant")).timestamp() for each in statements]
    first = min(said, default=now + LEEWAY + 1)
    return min(first, now) if 0 < first <= now + LEEWAY else None


def _is_for(assertion: Element, entity_id: str) -> bool:
    """Core §2.5.1: a condition that is not understood makes an assertion invalid; of several
    restrictions each must hold (§2.5.1.4)."""
    conditions = assertion.find(saml("Conditions"))
    if conditions is None or any(each.tag not in map(saml, KNOWN) for each in conditions):
        return False
    restrictions = conditions.findall(saml("AudienceRestriction"))
    return bool(restrictions) and all(
        entity_id in [(each.text or "").strip() for each in one.findall(saml("Audience"))]
        for one in restrictions
    )


def _confirms(confirmation: Element, provider: ServiceProvider, now: float) -> bool:
    data = confirmation.find(saml("SubjectConfirmationData"))
    return (
        data is not None
        and confirmation.get("Method") == BEARER
        and data.get("Recipient") == provider.here
        and data.get("InResponseTo") == provider.request_id
        and data.get("NotOnOrAfter") is not None
        and _is_in_time(data, now)
    )


def _is_in_time(element: Element, now: float) -> bool:
    begins, ends = element.get("NotBefore"), element.get("NotOnOrAfter")
    return (begins is None or times.has_begun(times.moment(begins), now)) and (
        ends is None or not times.is_over(times.moment(ends), now)
    )
