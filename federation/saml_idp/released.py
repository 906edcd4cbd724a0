"""What an application is told of a person: a name, and the attributes that its settings release."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from federation.saml.name_ids import NameId
from federation.saml.names import TRANSIENT
from federation.saml_idp import application_settings
from federation.saml_idp.application_settings import ReleasedAttribute
from federation.saml_idp.applications import Application
from federation.saml_idp.response import StatedAttribute
from federation.saml_idp.statuses import UNKNOWN_PRINCIPAL, Refused
from idp.models import User
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.usernames import ADDRESSES

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
FORMATS = {
    "persistent": PERSISTENT,
    "email": EMAIL,
    "transient": TRANSIENT,
    "username": UNSPECIFIED,
}
"""By the setting `name_id` (Core §8.3)."""
LONGEST_NAME = 256
"""Core §8.3.7 of persistent names."""
_XML = re.compile(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""Characters that XML 1.0 can hold (§2.2)."""


@dataclass(frozen=True)
class Parties:
    """Between whom a name holds."""

    identity_provider: str
    application: Application
    secret: bytes


def is_format_possible(application: Application, wanted: str | None, qualifier: str | None) -> bool:
    """Whether a NameIDPolicy can be met: one that asks for nothing special, or for what the
    application gets anyway. Nobody is named in the namespace of others."""
    offered = FORMATS[application.settings.name_id]
    is_named_so = wanted in (None, "", UNSPECIFIED, offered)
    return is_named_so and qualifier in (None, "", application.entity_id)


def name_id(user: User, parties: Parties, transient: str) -> NameId:
    """How the person is called at the application. Raises `Refused` where he has no such name: an
    e-mail address that nobody has verified would let him be taken for its owner."""
    kind = parties.application.settings.name_id
    if kind == "email":
        if not is_verified(user.attributes, "email"):
            raise Refused(UNKNOWN_PRINCIPAL)
        return NameId(_speakable(user.attributes["email"]), EMAIL)
    if kind == "username":
        return NameId(_speakable(user.username), UNSPECIFIED)
    text = transient if kind == "transient" else _pairwise(parties, user.id)
    return NameId(text, FORMATS[kind], parties.identity_provider, parties.application.entity_id)


def attributes(
    user: User, groups: Sequence[str], settings: Sequence[ReleasedAttribute]
) -> list[StatedAttribute]:
    """Those that the person has."""
    stated = []
    for each in settings:
        values = tuple(v for v in _values(user, groups, each) if v and _XML.fullmatch(v))
        if values:
            stated.append(StatedAttribute(each.name, each.name_format, each.friendly_name, values))
    return stated


def _values(user: User, groups: Sequence[str], wanted: ReleasedAttribute) -> Sequence[str]:
    source = wanted.source
    if source == application_settings.GROUPS:
        return groups
    if source == application_settings.USERNAME:
        return (user.username,)
    if source == application_settings.SUB:
        return (user.id,)
    is_claimed = source in ADDRESSES and not is_verified(user.attributes, source)
    if is_claimed and not wanted.unverified:
        return ()
    return (str(user.attributes.get(source, "")),)


def _pairwise(parties: Parties, user_id: str) -> str:
    """A name that no other application gets: without the pool's secret nobody can tell whether two
    of them are one person's (Core §8.3.7)."""
    message = f"{parties.application.entity_id}\0{user_id}".encode()
    made = hmac.new(parties.secret, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _speakable(text: str) -> str:
    if not text or len(text) > LONGEST_NAME or not _XML.fullmatch(text):
        raise Refused(UNKNOWN_PRINCIPAL)
    return text
