"""A pool's form fields: how it calls its users, what it asks of them, what passwords it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from idp.models import UserPool
from idp.user_pools.rules import schema
from idp.user_pools.rules.passwords import PasswordPolicy
from idp.user_pools.services import pools

ATTRIBUTE = "attribute:"


@dataclass(frozen=True)
class Field:
    """One labelled input. `autocomplete` is a token of the HTML standard's autofill."""

    name: str
    label: str
    type: str = "text"
    autocomplete: str = ""
    inputmode: str = ""
    hint: str = ""
    rules: tuple[str, ...] = ()
    required: bool = True


CODE = Field("code", "Code", autocomplete="one-time-code", inputmode="numeric")
RECOVERY_CODE = Field("code", "Recovery code", autocomplete="off", hint="Such as ABCD-EFGH-JKMN")
PASSWORD = Field("password", "Password", "password", "current-password")
EMAIL = Field("email", "Email", "email", "email")
PHONE = Field(
    "phone_number", "Phone number", "tel", "tel", hint="With the country code: +44 20 7946 0000"
)

_ATTRIBUTES = {
    field.name: field
    for field in (
        EMAIL,
        PHONE,
        Field("name", "Full name", autocomplete="name"),
        Field("given_name", "First name", autocomplete="given-name"),
        Field("family_name", "Last name", autocomplete="family-name"),
        Field("middle_name", "Middle name", autocomplete="additional-name"),
        Field("nickname", "Nickname", autocomplete="nickname"),
        Field("preferred_username", "Display name", autocomplete="nickname"),
        Field("address", "Address", autocomplete="street-address"),
        Field("birthdate", "Date of birth", "date", "bday"),
        Field("gender", "Gender", autocomplete="sex"),
        Field("website", "Website", "url", "url"),
        Field("picture", "Picture", "url", hint="The address of an image"),
        Field("profile", "Profile", "url", hint="The address of a page about you"),
        Field("locale", "Language", autocomplete="language"),
        Field("zoneinfo", "Time zone", hint="Such as Europe/Berlin"),
    )
}
_CALLED = {"email": "email", "phone_number": "phone number"}


def sign_in_name(pool: UserPool) -> Field:
    """What people type to say who they are."""
    generated = pool.settings.get("UsernameAttributes", [])
    aliases = pool.settings.get("AliasAttributes", [])
    if generated == ["email"]:
        return replace(EMAIL, name="username", autocomplete="username")
    if generated == ["phone_number"]:
        return replace(PHONE, name="username", autocomplete="username")
    own = [] if generated else ["username"]
    words = own + [_CALLED[kind] for kind in _CALLED if kind in (*generated, *aliases)]
    return Field("username", _joined(words, "or").capitalize(), autocomplete="username")


def new_username(pool: UserPool) -> Field:
    """The name that a new account gets: an alias can only be an attribute of it."""
    if pool.settings.get("UsernameAttributes"):
        return sign_in_name(pool)
    return Field("username", "Username", autocomplete="username")


def new_password(pool: UserPool, label: str = "Password") -> Field:
    rules = tuple(password_rules(pools.password_policy(pool)))
    return Field("password", label, "password", "new-password", rules=rules)


def sign_up_attributes(pool: UserPool) -> list[str]:
    """What the pool requires, and the address that it wants to verify."""
    is_username = pool.settings.get("UsernameAttributes", [])
    required = [n for n in schema.required_attributes(pool.schema) if n not in is_username[:1]]
    to_verify = pool.settings.get("AutoVerifiedAttributes", [])
    if to_verify and not set(to_verify) & {*required, *is_username}:
        required.append("email" if "email" in to_verify else to_verify[0])
    return required


def attribute_fields(names: Iterable[str]) -> list[Field]:
    """Fields for attributes; a custom one is labelled with its own name."""
    return [replace(_ATTRIBUTES.get(n, _custom(n)), name=ATTRIBUTE + n) for n in names]


def attribute_values(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The typed values of some attributes, by attribute name."""
    return {name: form.get(ATTRIBUTE + name, "") for name in names}


def password_rules(policy: PasswordPolicy) -> list[str]:
    """The policy as people read it."""
    names = {
        "uppercase": "an upper-case letter",
        "lowercase": "a lower-case letter",
        "numeric": "a number",
        "symbol": "a symbol",
    }
    required = {name for _, name in policy.required_classes()}
    words = [sentence for name, sentence in names.items() if name in required]
    rules = [f"At least {policy.minimum_length} characters"]
    return [*rules, _joined(words, "and").capitalize()] if words else rules


def _custom(name: str) -> Field:
    label = name.rpartition(":")[2].replace("_", " ").replace("-", " ")
    return Field(name, label.capitalize())


def _joined(words: list[str], conjunction: str) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last
