"""/login: name and password; where people choose how to sign in, the name alone. A passkey says the
name itself."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import (
    CompromisedPasswordReset,
    DirectoryPasswordExpired,
    IdpError,
    PasswordResetRequired,
    UserNotConfirmed,
)
from idp.hosted_ui import (
    challenges,
    choose_sign_in,
    fields,
    local_sign_in,
    passkey,
    paths,
    wording,
)
from idp.hosted_ui.account.entry import AccountEntry
from idp.hosted_ui.device_entry import DeviceEntry
from idp.hosted_ui.federated import departure, providers
from idp.hosted_ui.fields import Field
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import first_factors
from idp.user_pools.rules.provider_details import LOCAL_USERS
from idp.user_pools.services import magic_links
from idp.user_pools.services.sign_in import choice

UNKNOWN_ADDRESS = N_("No organization signs in here with this address. Check it.")


def show(
    visit: Visit, username: str = "", alert: str = "", unknown_address: str | None = None
) -> Response:
    """`unknown_address` is an e-mail address that belongs to no other provider."""
    upstream = providers.only_one(visit)
    if upstream is not None:
        # A form of ours has led here: the one of a device's code, or one of the account page.
        follows_form = isinstance(visit.purpose, DeviceEntry | AccountEntry)
        lead = departure.begin_by_form if follows_form else departure.begin
        return lead(visit, upstream)
    left = visit.flow.read(paths.SIGN_IN)
    username = username or (left.username if left else visit.parameter("login_hint"))
    options, offered = passkey.sign_in_options(visit), providers.offered(visit)
    asks_address = offered.by_address and not _names_come_first(visit)
    response = visit.show(
        Screen(
            "sign_in",
            fields=(*_fields(visit, options), *([fields.WORK_EMAIL] if asks_address else [])),
            values={"username": username, fields.WORK_EMAIL.name: unknown_address or ""},
            errors={} if unknown_address is None else {fields.WORK_EMAIL.name: UNKNOWN_ADDRESS},
            alert=alert,
            notice=left.notice if left else "",
            links=_links(visit),
            details={
                "asks_name": visit.client.signs_in_local_users,
                "passkey": options,
                "upstreams": offered.links,
                "asks_address": asks_address,
            },
        )
    )
    if left:
        visit.flow.clear(response)
    return response


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    username, password = form.get("username", ""), form.get("password", "")
    if "credential" in form:
        return _by_passkey(visit, form["credential"])
    try:
        if username and not password and _has_choice(visit):
            return _elsewhere(visit, username) or choose_sign_in.begin(visit, username)
        if not username or not password:
            return show(visit, username, _missing(visit))
        outcome = local_sign_in.sign_in(
            visit.kernel, visit.context, username, password, visit.asked
        )
    except UserNotConfirmed:
        return choose_sign_in.confirm_first(visit, username)
    except (CompromisedPasswordReset, DirectoryPasswordExpired) as error:
        # No code was sent: the person asks for one, or changes his password elsewhere.
        return show(visit, username, wording.message(error))
    except PasswordResetRequired:
        return choose_sign_in.reset_first(visit, username)
    except IdpError as error:
        return show(visit, username, wording.message(error))
    return challenges.go_on(visit, outcome, username)


def _elsewhere(visit: Visit, username: str) -> Response | None:
    """To the provider that has the domain of the address, unless only local users are asked for."""
    if visit.purpose.authorization_request.identity_provider == LOCAL_USERS:
        return None
    found = providers.of_address(visit, username)
    return departure.begin_by_form(visit, found, username) if found else None


def _by_passkey(visit: Visit, credential: str) -> Response:
    try:
        outcome = local_sign_in.by_passkey(visit.kernel, visit.context, credential, visit.asked)
    except IdpError as error:
        return show(visit, alert=wording.of_passkey(error))
    return challenges.go_on(visit, outcome, "")


def _names_come_first(visit: Visit) -> bool:
    """Whether the page asks who it is before anything else: that is where an address leads on."""
    return visit.client.signs_in_local_users and _has_choice(visit)


def _has_choice(visit: Visit) -> bool:
    """Whether the pool has several first factors and the client lets people choose."""
    factors = first_factors.allowed(visit.context.pool.settings)
    return len(factors) > 1 and choice.is_allowed(visit.context)


def _fields(visit: Visit, options: str) -> tuple[Field, ...]:
    name = fields.sign_in_name(visit.context.pool)
    if options:
        name = fields.with_passkeys(name)
    return (name,) if _has_choice(visit) else (name, fields.PASSWORD)


def _missing(visit: Visit) -> str:
    if _has_choice(visit):
        return N_("Tell us which account it is.")
    return N_("Enter your name and your password.")


def _links(visit: Visit) -> dict[str, str]:
    links = {
        "forgot_password": visit.link(paths.FORGOT),
        "by_address": visit.link(paths.BY_ADDRESS),
    }
    if visit.client.takes_sign_ups:
        links["sign_up"] = visit.link(paths.SIGN_UP)
    if magic_links.are_sent(visit.kernel, visit.context):
        links["magic_link"] = visit.link(paths.MAGIC_LINK)
    return links
