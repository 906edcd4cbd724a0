"""/account/profile and /account/verify: the attributes that the client may write, and the codes
that prove a changed address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import fields, wording
from idp.hosted_ui.account import address_notice, places
from idp.hosted_ui.account.person import Here, done, needs_person, show
from idp.hosted_ui.fields import Field
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.models import User
from idp.texts import N_
from idp.user_pools.rules import schema, usernames
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.delivery import Destination, mask
from idp.user_pools.services import own_profile

SAVED = N_("Your profile is saved.")
VERIFIED = N_("The address is verified.")
NOT_TYPED = frozenset(
    {"sub", "updated_at", "identities", "email_verified", "phone_number_verified"}
)


@needs_person(recently=True)
def show_profile(
    visit: Visit,
    here: Here,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    alert: str = "",
) -> Response:
    user, names = here.owner.user, _names(visit, here.owner.user)
    present = {fields.ATTRIBUTE + name: _present(user, name) for name in names}
    return show(
        visit,
        here,
        places.PROFILE,
        fields=_fields(visit, names),
        values=form if form is not None else present,
        errors=errors,
        alert=alert,
        details={"unverified": _unverified(user), "verify": visit.link(places.VERIFY)},
    )


@needs_person(recently=True)
def submit_profile(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    user = here.owner.user
    typed = fields.attribute_values(form, _names(visit, user))
    required = _required(visit)
    missing = [name for name, value in typed.items() if not value and name in required]
    if missing:
        text = N_("Please fill this in.")
        return show_profile(visit, form, {fields.ATTRIBUTE + name: text for name in missing})
    changed = {name: value for name, value in typed.items() if value != _present(user, name)}
    try:
        sent = _change(visit, here, changed)
    except IdpError as error:
        return show_profile(visit, form, *wording.placed(error))
    if sent:
        return visit.go(places.VERIFY, _waiting(sent[0], SAVED))
    return done(visit, places.PROFILE, SAVED)


def _change(visit: Visit, here: Here, changed: Mapping[str, str]) -> list[Destination]:
    before = dict(here.owner.user.attributes)
    new = {name: value for name, value in changed.items() if value}
    emptied = [name for name, value in changed.items() if not value]
    try:
        sent = own_profile.update(visit.kernel, here.owner, new, {}) if new else []
        if emptied:
            own_profile.delete_attributes(visit.kernel, here.owner, emptied)
    finally:
        address_notice.tell(visit, here, before)
    return sent


@needs_person(recently=True)
def show_code(
    visit: Visit, here: Here, errors: Mapping[str, str] | None = None, alert: str = ""
) -> Response:
    left = visit.flow.read(places.VERIFY)
    if left is None:
        return done(visit, places.PROFILE, "")
    details = {"destination": left.destination, "kind": left.challenge}
    response = show(
        visit,
        here,
        places.VERIFY,
        fields=(fields.CODE,),
        errors=errors,
        alert=alert,
        details=details,
    )
    visit.flow.leave(response, Flow(**{**vars(left), "notice": ""}))  # for the code, or a reload
    return response


@needs_person(recently=True)
def submit_code(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    """The code; or, with `kind`, that one is to be sent."""
    kind = form.get("kind", "")
    if kind in usernames.ADDRESSES:
        return _send(visit, here, kind)
    left = visit.flow.read(places.VERIFY)
    if left is None:
        return done(visit, places.PROFILE, "")
    code = "".join(form.get("code", "").split())
    if not code:
        return show_code(visit, {"code": N_("Enter the code.")})
    before = dict(here.owner.user.attributes)
    try:
        own_profile.verify(visit.kernel, here.owner, left.challenge, code)
    except IdpError as error:
        return show_code(visit, *wording.placed(error))
    address_notice.tell(visit, here, before)
    return done(visit, places.PROFILE, VERIFIED)


def _send(visit: Visit, here: Here, kind: str) -> Response:
    try:
        sent = own_profile.send_code(visit.kernel, here.owner, kind, {})
    except IdpError as error:
        return show_profile(visit, alert=wording.message(error))
    return visit.go(places.VERIFY, _waiting(sent, ""))


def _waiting(sent: Destination, notice: str) -> Flow:
    return Flow(places.VERIFY, "", mask(sent.address), challenge=sent.attribute, notice=notice)


def _names(visit: Visit, user: User) -> list[str]:
    """Which attributes the form has: those that the client names as its to write; else what the
    pool requires, what it made itself, and what the person has."""
    context = visit.context
    known = schema.by_name(context.pool.schema)
    listed = context.client.settings.get("WriteAttributes")
    usual = {*_required(visit), *user.attributes, "name", *(n for n in known if ":" in n)}
    wanted = set(listed) if listed else usual
    return [
        name
        for name, attribute in known.items()
        if name in wanted & context.writable
        and name not in NOT_TYPED
        and attribute.get("Mutable", True)
    ]


def _fields(visit: Visit, names: Sequence[str]) -> list[Field]:
    required = _required(visit)
    return [
        fields.optional(field, is_required=name in required)
        for name, field in zip(names, fields.attribute_fields(names), strict=True)
    ]


def _required(visit: Visit) -> frozenset[str]:
    """Beside what the pool requires, what people sign in with."""
    settings = visit.context.pool.settings
    generated = settings.get("UsernameAttributes", [])
    only = generated if len(generated) == 1 else []
    return frozenset([*schema.required_attributes(visit.context.pool.schema), *only])


def _present(user: User, name: str) -> str:
    return str(user.pending_attributes.get(name) or user.attributes.get(name, ""))


def _unverified(user: User) -> list[tuple[str, str, str]]:
    """The addresses that nobody has proved: kind, label and address."""
    labels = {"email": shown(fields.EMAIL.label), "phone_number": shown(fields.PHONE.label)}
    return [
        (kind, labels[kind], _present(user, kind))
        for kind in usernames.ADDRESSES
        if _present(user, kind)
        and (user.pending_attributes.get(kind) or not is_verified(user.attributes, kind))
    ]
