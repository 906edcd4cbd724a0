"""The names a user signs in with, and when two names are the same.

All names of a pool share one namespace (SignInName): a username, and the values of the attributes
that the pool accepts in its place.

- UsernameAttributes: people sign up with an e-mail address or phone number; the username is
  generated and equals `sub`. The address names its user from the start.
- AliasAttributes: people choose a username, and may also sign in with an attribute. "Phone
  numbers and email addresses only become active aliases for a user after your user verifies"
  them (developer guide, "User pool attributes").

Names are compared after Unicode normalisation to NFKC and without the characters that nobody sees,
so that one name cannot be written in two ways that look alike because of compatibility
characters, variation selectors or fillers; in a case-insensitive pool also after
case folding, repeated until it is stable. Values are stored as they were typed: only the index
holds the normalised form.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from idp.errors import InvalidParameter
from idp.user_pools.rules.attributes import UNSTORABLE, is_email, is_phone_number, is_verified
from idp.user_pools.rules.schema import MAX_VALUE_LENGTH

Settings = Mapping[str, Any]

ADDRESSES = ("email", "phone_number")
FILTERABLE_ATTRIBUTES = frozenset(
    {"email", "phone_number", "name", "given_name", "family_name", "preferred_username"}
)
"""The attributes that ListUsers can search, beside the user's own `username`, `sub` and states."""

# No name is longer (MAX_VALUE_LENGTH), and normalising takes time that grows with the square of a
# run of combining marks, with the interpreter lock held.
LONGEST = MAX_VALUE_LENGTH

# Unicode Standard, Default_Ignorable_Code_Point: fonts show nothing for them.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_IS_ADDRESS = {"email": is_email, "phone_number": is_phone_number}
_ADDRESS_NAMES = {"email": "email", "phone_number": "phone number"}


def is_case_sensitive(settings: Settings) -> bool:
    """ "This is the default value" (UsernameConfigurationType, CaseSensitive true)."""
    return bool(settings.get("UsernameConfiguration", {}).get("CaseSensitive", True))


def normalise(name: str, settings: Settings) -> str:
    """The form in which a name is looked up and compared. Equal forms are the same name.

    Sign-in parameters may hold any text, of any length: what no database takes, and what is longer
    than any name, becomes U+FFFD, and finds nobody.
    """
    if len(name) > LONGEST:
        name = f"{name[:LONGEST]}\ufffd"
    normalised = _visible(UNSTORABLE.sub("\ufffd", name))
    if is_case_sensitive(settings):
        return normalised
    # Folding can undo NFKC and the other way round; three rounds reach the fixed point
    # (Unicode Standard §3.13, "NFKC_Casefold", is defined in the same way).
    for _ in range(3):
        normalised = _visible(normalised.casefold())
    return normalised


def _visible(text: str) -> str:
    """NFKC, without the ignorable characters that it keeps, or makes of others (U+3164)."""
    visible = _IGNORABLE.sub("", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFKC", visible)


def generates_usernames(settings: Settings) -> bool:
    """Whether the pool makes usernames itself, from UsernameAttributes."""
    return bool(settings.get("UsernameAttributes"))


def may_be_sub(name: str) -> bool:
    """Whether a name has the form of a `sub`, so that it is worth a look there."""
    return _UUID.fullmatch(name) is not None


def new_user(
    settings: Settings, typed: str, user_id: str, attributes: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """The username and attributes of a user who signs up, or is created, as `typed`.

    `user_id` is the new `sub`, which is the username where the pool generates them; there the
    typed address fills its attribute. Raises `InvalidParameter` where the pool's rules forbid
    the name.
    """
    if not generates_usernames(settings):
        _check_chosen_username(settings, typed)
        return typed, dict(attributes)
    kind = _address_kind(settings, typed)
    if normalise(attributes.get(kind, typed), settings) != normalise(typed, settings):
        raise InvalidParameter(f"User attribute {kind} must be equal to the username.")
    return user_id, {**attributes, kind: typed}


def came_from_elsewhere(attributes: Mapping[str, str]) -> bool:
    """Whether the user is another provider's, and not one of the pool's own with links to some."""
    entries = orjson.loads(attributes.get("identities", "[]"))
    return any(entry.get("primary") is True for entry in entries)


def sign_in_names(
    settings: Settings, username: str, status: str, attributes: Mapping[str, str]
) -> set[tuple[str, str]]:
    """Every (kind, normalised name) that finds this user. Kinds are `username` and attributes.

    The username wins over an alias that is written alike. Who came from another provider has no
    other name: what that provider says of an address proves nothing, and whoever could have it say
    somebody else's would be found, and linked to, in their place.
    """
    names = {normalise(username, settings): "username"}
    if came_from_elsewhere(attributes):
        return {("username", name) for name in names}
    for kind in ADDRESSES:
        value = attributes.get(kind)
        is_active = kind in settings.get("UsernameAttributes", ()) or (
            kind in settings.get("AliasAttributes", ()) and is_verified(attributes, kind)
        )
        if value and is_active:
            names.setdefault(normalise(value, settings), kind)
    preferred = attributes.get("preferred_username")
    # "preferred_username [...] You can't set it before the user is confirmed": until then it
    # would let a stranger sit on a name.
    may_prefer = "preferred_username" in settings.get("AliasAttributes", ())
    if preferred and may_prefer and status != "UNCONFIRMED":
        names.setdefault(normalise(preferred, settings), "preferred_username")
    return {(kind, name) for name, kind in names.items()}


def check_preferred_username(settings: Settings, value: str) -> None:
    """A preferred_username that could pass for somebody's address is refused, like a username."""
    if "preferred_username" in settings.get("AliasAttributes", ()):
        _check_chosen_username(settings, value)


def simulates_generated_username(settings: Settings, typed: str) -> bool:
    """Whether a missing user's simulated USER_ID_FOR_SRP is a UUID rather than `typed`.

    A user who signs in with an alias is answered with a username that nobody could derive from
    it, and so must a missing one be.
    """
    if generates_usernames(settings):
        return True
    aliases = settings.get("AliasAttributes", ())
    return any(kind in aliases and _IS_ADDRESS[kind](typed) for kind in ADDRESSES)


def _address_kind(settings: Settings, typed: str) -> str:
    kinds = settings["UsernameAttributes"]
    for kind in kinds:
        if _IS_ADDRESS[kind](typed):
            return str(kind)
    if set(kinds) == set(ADDRESSES):
        raise InvalidParameter("Username should be either an email or a phone number.")
    article = "an email" if "email" in kinds else "a phone number"
    raise InvalidParameter(f"Username should be {article}.")


def _check_chosen_username(settings: Settings, typed: str) -> None:
    """An address as a username would take it from the user who can verify it."""
    normalised = _visible(typed)
    for kind in ADDRESSES:
        if kind in settings.get("AliasAttributes", ()) and _IS_ADDRESS[kind](normalised):
            name = _ADDRESS_NAMES[kind]
            raise InvalidParameter(
                f"Username cannot be of {name} format, since user pool is configured for "
                f"{name} alias."
            )


def new_user_id(random_bytes: bytes) -> str:
    """A `sub`: a UUID of version 4 from 16 random bytes."""
    return str(uuid.UUID(bytes=random_bytes, version=4))
