"""A pool's form fields: how it calls its users, what it asks of them, what passwords it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext

from idp.models import UserPool
from idp.texts import N_
from idp.user_pools.rules import schema, usernames
from idp.user_pools.rules.passwords import PasswordPolicy
from idp.user_pools.services import pools

ATTRIBUTE = "attribute:"


@dataclass(frozen=True)
class Rule:
    """One sentence of what is asked of a value: at least so many characters, or one of these. A
    script ticks off while somebody types what is met."""

    text: str
    least: int = 0
    any_of: str = ""


@dataclass(frozen=True)
class Field:
    """One labelled input. `autocomplete` is a token of the HTML standard's autofill."""

    name: str
    label: str
    type: str = "text"
    autocomplete: str = ""
    inputmode: str = ""
    hint: str = ""
    rules: tuple[Rule, ...] = ()
    required: bool = True

    def translated(self, shown: Callable[[str], str]) -> Field:
        """With its texts in the language that `shown` knows."""
        rules = tuple(replace(each, text=shown(each.text)) for each in self.rules)
        return replace(self, label=shown(self.label), hint=shown(self.hint), rules=rules)


CODE = Field("code", N_("Code"), autocomplete="one-time-code", inputmode="numeric")
RECOVERY_CODE = Field(
    "code", N_("Recovery code"), autocomplete="off", hint=N_("Such as ABCD-EFGH-JKMN")
)
PASSWORD = Field("password", N_("Password"), "password", "current-password")
EMAIL = Field("email", N_("Email"), "email", "email")
WORK_EMAIL = Field("work_email", N_("Work or school email"), "email", "email")
PHONE = Field(
    "phone_number",
    N_("Phone number"),
    "tel",
    "tel",
    hint=N_("With the country code: +44 20 7946 0000"),
)

_ATTRIBUTES = {
    field.name: field
    for field in (
        EMAIL,
        PHONE,
        Field("name", N_("Full name"), autocomplete="name"),
        Field("given_name", N_("First name"), autocomplete="given-name"),
        Field("family_name", N_("Last name"), autocomplete="family-name"),
        Field("middle_name", N_("Middle name"), autocomplete="additional-name"),
        Field("nickname", N_("Nickname"), autocomplete="nickname"),
        Field("preferred_username", N_("Display name"), autocomplete="nickname"),
        Field("address", N_("Address"), autocomplete="street-address"),
        Field("birthdate", N_("Date of birth"), "date", "bday"),
        Field("gender", N_("Gender"), autocomplete="sex"),
        Field("website", N_("Website"), "url", "url"),
        Field("picture", N_("Picture"), "url", hint=N_("The address of an image")),
        Field("profile", N_("Profile"), "url", hint=N_("The address of a page about you")),
        Field("locale", N_("Language"), autocomplete="language"),
        Field("zoneinfo", N_("Time zone"), hint=N_("Such as Europe/Berlin")),
    )
}
_SIGN_IN_NAMES: Mapping[tuple[str, ...], str] = {
    ("username",): N_("Username"),
    ("username", "email"): N_("Username or email"),
    ("username", "phone_number"): N_("Username or phone number"),
    ("username", "email", "phone_number"): N_("Username, email or phone number"),
    ("email", "phone_number"): N_("Email or phone number"),
}
_PASSWORD_CLASSES: Mapping[str, str] = {
    "uppercase": N_("An upper-case letter"),
    "lowercase": N_("A lower-case letter"),
    "numeric": N_("A number"),
    "symbol": N_("A symbol"),
}


def sign_in_name(pool: UserPool) -> Field:
    """What people type to say who they are."""
    generated = pool.settings.get("UsernameAttributes", [])
    aliases = pool.settings.get("AliasAttributes", [])
    if generated == ["email"]:
        return replace(EMAIL, name="username", autocomplete="username")
    if generated == ["phone_number"]:
        return replace(PHONE, name="username", autocomplete="username")
    own = [] if generated else ["username"]
    names = (*own, *(kind for kind in usernames.ADDRESSES if kind in (*generated, *aliases)))
    return Field("username", _SIGN_IN_NAMES[names], autocomplete="username")


def with_passkeys(name: Field) -> Field:
    """The same, where the browser's autofill offers passkeys too (WebAuthn §5.1.4: "webauthn")."""
    return replace(name, autocomplete=f"{name.autocomplete} webauthn")


def new_username(pool: UserPool) -> Field:
    """The name that a new account gets: an alias can only be an attribute of it."""
    if pool.settings.get("UsernameAttributes"):
        return sign_in_name(pool)
    return Field("username", N_("Username"), autocomplete="username")


def new_password(pool: UserPool, label: str = N_("Password")) -> Field:
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


def optional(field: Field, *, is_required: bool) -> Field:
    """The same, which may be left empty unless `is_required`."""
    return replace(field, required=is_required)


def attribute_values(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The typed values of some attributes, by attribute name."""
    return {name: form.get(ATTRIBUTE + name, "") for name in names}


def password_rules(policy: PasswordPolicy) -> list[Rule]:
    """The policy as people read it."""
    characters = {name: any_of for any_of, name in policy.required_classes()}
    length = gettext("At least %(number)d characters", number=policy.minimum_length)
    return [
        Rule(length, least=policy.minimum_length),
        *(
            Rule(text, any_of=characters[name])
            for name, text in _PASSWORD_CLASSES.items()
            if name in characters
        ),
    ]


def _custom(name: str) -> Field:
    label = name.rpartition(":")[2].replace("_", " ").replace("-", " ")
    return Field(name, label.capitalize())
