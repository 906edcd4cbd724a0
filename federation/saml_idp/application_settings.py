"""What an operator says of one application: how its people sign in and what it is told of them.

The document is checked at once when it is stored; every member is enforced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from federation.saml_idp.application_metadata import ApplicationMetadata
from idp.user_pools.rules.documented_settings import (
    Check,
    WrongSetting,
    flag,
    one_of,
    read,
    whole_number,
)

MOST_ATTRIBUTES = 50
LONGEST_NAME = 512
RELAY_STATE_BYTES, MOST_RELAY_STATE_BYTES = 80, 1024
"""Bindings §3.4.3: RelayState "MUST NOT exceed 80 bytes in length"; some software does not keep to
that, and an operator may let one application have more."""
LONGEST_SESSION_MINUTES = 43_200

NAME_FORMATS: Mapping[str, str] = {
    "basic": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
    "uri": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
    "unspecified": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
}
"""Core §8.2."""
GROUPS, USERNAME, SUB = "groups", "username", "sub"
"""What a value may come from beside the pool's attributes."""
ATTRIBUTE_MEMBERS = frozenset({"name", "name_format", "friendly_name", "from", "unverified"})


@dataclass(frozen=True)
class ReleasedAttribute:
    """An attribute that the application is told."""

    name: str
    source: str
    """An attribute of the pool, or `GROUPS`, `USERNAME` or `SUB`."""
    name_format: str = NAME_FORMATS["basic"]
    friendly_name: str = ""
    unverified: bool = False
    """Whether an e-mail address or phone number is told that nobody has verified."""


@dataclass(frozen=True)
class ApplicationSettings:
    """An application's settings, checked."""

    client_id: str = ""
    """The app client whose sign-in pages its people see, with that client's branding, providers
    and length of single sign-on. It must be there."""
    name_id: str = "persistent"
    """How people are named: `persistent`, a name that no other application gets; `email`, a
    verified address; `transient`, another name in each session; `username`."""
    attributes: tuple[ReleasedAttribute, ...] = ()
    sign: str = "both"
    """What is signed: the `assertion`, the `response`, or `both`."""
    encrypt_assertion: bool = False
    """To the certificate of the metadata, by RSA-OAEP and AES-256-GCM."""
    require_signed_requests: bool | None = None
    """None does as the metadata says (AuthnRequestsSigned). What is signed is always verified."""
    idp_initiated: bool = False
    """Whether a sign-in may begin here, without a request."""
    default_relay_state: str = ""
    """What a sign-in that begins here takes along."""
    leads_on: bool = False
    """Whether its consumer service leads on to another host at once: then the page that posts the
    answer does not say where it may lead, which browsers would hold that to."""
    relay_state_bytes: int = RELAY_STATE_BYTES
    """How long a RelayState may be."""
    session_minutes: int = 480
    """How long the application may take the person for signed in (SessionNotOnOrAfter)."""

    @property
    def session(self) -> timedelta:
        return timedelta(minutes=self.session_minutes)


def _attribute(value: Any) -> ReleasedAttribute:
    if not isinstance(value, dict) or not {"name", "from"} <= value.keys() <= ATTRIBUTE_MEMBERS:
        raise ValueError("must have objects with name, from, and at most name_format, "
                         "friendly_name and unverified")  # fmt: skip
    texts = [value["name"], value["from"], value.get("friendly_name", "-")]
    if not all(isinstance(each, str) and _is_name(each) for each in texts):
        raise ValueError(f"must have names of at most {LONGEST_NAME} characters")
    name_format = value.get("name_format", "basic")
    if name_format not in NAME_FORMATS:
        raise ValueError(f"must have a name_format of {', '.join(NAME_FORMATS)}")
    return ReleasedAttribute(
        value["name"],
        value["from"],
        NAME_FORMATS[name_format],
        value.get("friendly_name", ""),
        flag(value.get("unverified", False)),
    )


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and text.isprintable()


def _attributes(value: Any) -> tuple[ReleasedAttribute, ...]:
    if not isinstance(value, list) or len(value) > MOST_ATTRIBUTES:
        raise ValueError(f"must be a list of at most {MOST_ATTRIBUTES} objects")
    found = tuple(_attribute(each) for each in value)
    if len({(each.name, each.name_format) for each in found}) != len(found):
        raise ValueError("must not name an attribute twice")
    return found


def _relay_state(value: Any) -> str:
    if not isinstance(value, str) or not is_relay_state(value, MOST_RELAY_STATE_BYTES):
        raise ValueError(f"must be a text of at most {MOST_RELAY_STATE_BYTES} bytes")
    return value


def _client_id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 128:
        raise ValueError("must be the id of an app client")
    return value


CHECKS: Mapping[str, Check] = {
    "client_id": _client_id,
    "name_id": one_of("persistent", "email", "transient", "username"),
    "attributes": _attributes,
    "sign": one_of("assertion", "response", "both"),
    "encrypt_assertion": flag,
    "require_signed_requests": flag,
    "idp_initiated": flag,
    "leads_on": flag,
    "default_relay_state": _relay_state,
    "relay_state_bytes": whole_number(RELAY_STATE_BYTES, MOST_RELAY_STATE_BYTES),
    "session_minutes": whole_number(1, LONGEST_SESSION_MINUTES),
}


def parse(document: Any) -> ApplicationSettings:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ApplicationSettings)


def is_relay_state(text: str, most_bytes: int) -> bool:
    """Whether a text is short enough, and can stand in a form as it is."""
    return len(text.encode(errors="replace")) <= most_bytes and text.isprintable()


def check(settings: ApplicationSettings, metadata: ApplicationMetadata) -> None:
    """That both go together. Raises `WrongSetting`."""
    if not settings.client_id:
        raise WrongSetting("client_id", "is missing: the app client whose pages people see")
    if settings.encrypt_assertion and metadata.encryption is None:
        raise WrongSetting("encrypt_assertion", "needs an RSA certificate in the metadata")
    if needs_signature(settings, metadata) and not metadata.signing:
        raise WrongSetting("require_signed_requests", "needs a certificate in the metadata")
    if settings.sign == "response" and metadata.wants_signed_assertions:
        raise WrongSetting("sign", "cannot be response: the metadata wants signed assertions")
    if settings.default_relay_state and not settings.idp_initiated:
        raise WrongSetting("default_relay_state", "is for applications with idp_initiated")
    if not is_relay_state(settings.default_relay_state, settings.relay_state_bytes):
        raise WrongSetting("default_relay_state", "is longer than relay_state_bytes")


def needs_signature(settings: ApplicationSettings, metadata: ApplicationMetadata) -> bool:
    """Whether an AuthnRequest must be signed."""
    if settings.require_signed_requests is None:
        return metadata.signs_requests
    return settings.require_signed_requests
