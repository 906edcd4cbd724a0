"""What a SAML identity provider says of itself in its metadata (SAML 2.0 Metadata §2).

The document comes from whoever may configure a pool, and may have been made by a stranger. So it
is parsed without a document type: no entity is defined, expanded or fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from idp.errors import InvalidParameter
from idp.user_pools.rules import saml_keys, web_addresses, xml_times

LONGEST = 131_072
DEEPEST = 32
MOST_ELEMENTS = 20_000

_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_ROOT, _ROLE = f"{_METADATA} EntityDescriptor", f"{_METADATA} IDPSSODescriptor"
_DATED = ([_ROOT], [_ROOT, _ROLE])
"""What says for how long it holds: whichever is the sooner (§2.3.2, §2.4.1)."""


@dataclass(frozen=True)
class LogoutService:
    """A SingleLogoutService. Answers go to `answers`, the ResponseLocation where there is one."""

    location: str
    answers: str
    is_posted: bool
    """By HTTP-POST, else by HTTP-Redirect."""


@dataclass(frozen=True)
class Metadata:
    """The parts that sign-in and sign-out need. Certificates are base64 of DER."""

    entity_id: str
    sign_on_redirect: str | None
    sign_on_post: str | None
    logout: LogoutService | None
    """By HTTP-Redirect where the provider has both."""
    certificates: tuple[str, ...]
    valid_until: float | None = None
    """Seconds since 1970; None for ever."""
    cache_seconds: float | None = None
    """For how long it may be kept without looking again; None where it does not say."""

    @property
    def logout_redirect(self) -> str | None:
        return None if self.logout is None or self.logout.is_posted else self.logout.location


@dataclass
class _Found:
    """What has been met on the way through the document."""

    path: list[str] = field(default_factory=list)
    elements: int = 0
    entity_ids: list[str] = field(default_factory=list)
    services: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    """ResponseLocations of single logout by their binding."""
    ends: list[float] = field(default_factory=list)
    durations: list[float] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    signs: bool = False
    """Whether the present KeyDescriptor is of a key that signs."""
    text: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.elements += 1
        if len(self.path) > DEEPEST or self.elements > MOST_ELEMENTS:
            raise _invalid("it is nested too deeply or has too many elements")
        if len(self.path) == 1 and name != _ROOT:
            raise _invalid("its root is no EntityDescriptor")
        if len(self.path) == 1:
            self.entity_ids.append(attributes.get("entityID", ""))
        if self.path in _DATED:
            self._dates(attributes)
        if self.path[1:2] != [_ROLE]:
            return
        if len(self.path) == 3:
            self._child(name, attributes)
        elif name == f"{_SIGNATURE} X509Certificate" and self.signs:
            self.text = []

    def _child(self, name: str, attributes: dict[str, str]) -> None:
        """A child of the IDPSSODescriptor. Its own signature, if it has one, is none of its keys;
        "If the use attribute is not specified, then the information applies to both" (§2.4.1.1)."""
        local = name.removeprefix(f"{_METADATA} ")
        self.signs = local == "KeyDescriptor" and attributes.get("use", "signing") == "signing"
        if local in ("SingleSignOnService", "SingleLogoutService"):
            kind = local, attributes.get("Binding", "")
            self.services.setdefault(kind, attributes.get("Location", ""))
        if local == "SingleLogoutService" and "ResponseLocation" in attributes:
            self.answers.setdefault(attributes.get("Binding", ""), attributes["ResponseLocation"])

    def _dates(self, attributes: Mapping[str, str]) -> None:
        try:
            if "validUntil" in attributes:
                self.ends.append(xml_times.moment(attributes["validUntil"]))
            if "cacheDuration" in attributes:
                self.durations.append(xml_times.seconds(attributes["cacheDuration"]))
        except ValueError:
            raise _invalid("validUntil or cacheDuration is malformed") from None

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def end(self, name: str) -> None:
        self.path.pop()
        if name == f"{_SIGNATURE} X509Certificate" and self.text is not None:
            self.certificates.append("".join("".join(self.text).split()))
            self.text = None


def parse(document: str) -> Metadata:
    """Raises `InvalidParameter` for what is no metadata of an identity provider."""
    if len(document) > LONGEST:
        raise _invalid(f"it is longer than {LONGEST} characters")
    found = _Found()
    # The text was decoded already, whatever encoding its declaration names.
    parser = expat.ParserCreate("utf-8", " ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = found.start
    parser.CharacterDataHandler = found.data
    parser.EndElementHandler = found.end
    try:
        parser.Parse(document.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        raise _invalid("it is not well-formed XML") from None
    return _checked(found)


def _refuse_document_type(*_: object) -> None:
    raise _invalid("it has a document type declaration")


def _checked(found: _Found) -> Metadata:
    metadata = Metadata(
        entity_id=found.entity_ids[0],
        sign_on_redirect=found.services.get(("SingleSignOnService", _REDIRECT)),
        sign_on_post=found.services.get(("SingleSignOnService", _POST)),
        logout=_logout(found),
        certificates=tuple(found.certificates),
        valid_until=min(found.ends, default=None),
        cache_seconds=min(found.durations, default=None),
    )
    if not metadata.entity_id:
        raise _invalid("its EntityDescriptor has no entityID")
    if not (metadata.sign_on_redirect or metadata.sign_on_post):
        raise _invalid("it has no SingleSignOnService with the binding HTTP-Redirect or HTTP-POST")
    for location in (*found.services.values(), *found.answers.values()):
        if not web_addresses.is_secure(location):
            raise _invalid("a Location is not an https URL")
    if not metadata.certificates:
        raise _invalid("it has no signing certificate")
    for certificate in metadata.certificates:
        _check_certificate(certificate)
    return metadata


def _logout(found: _Found) -> LogoutService | None:
    for binding in (_REDIRECT, _POST):
        location = found.services.get(("SingleLogoutService", binding))
        if location is not None:
            answers = found.answers.get(binding, location)
            return LogoutService(location, answers, is_posted=binding == _POST)
    return None


def _check_certificate(text: str) -> None:
    try:
        saml_keys.certificate(text)
    except ValueError:
        raise _invalid("a certificate cannot be read") from None


def _invalid(reason: str) -> InvalidParameter:
    return InvalidParameter(f"The SAML metadata document is invalid: {reason}.")
