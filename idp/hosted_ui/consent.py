"""/consent: what an application will see and do, before it may (`require_consent`)."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from flask import Response
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.hosted_ui import paths, translation
from idp.hosted_ui.client_entry import ClientEntry
from idp.hosted_ui.headers import protect
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.models import ResourceServer, User
from idp.oauth import interactions
from idp.oauth.errors import AccessDenied
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules import scopes
from idp.user_pools.services import consents

P = ParamSpec("P")
_OfPerson = Callable[Concatenate[Visit, SignedIn, P], Response]

SENTENCES: Mapping[str, str] = {
    "openid": N_("Recognise you when you come back"),
    "email": N_("See your email address"),
    "phone": N_("See your phone number"),
    "profile": N_("See your profile, such as your name and your picture"),
    scopes.SIGN_IN_SCOPE: N_("Read and change your account, its password and its devices"),
}
ALL_OF_IT = N_("See all of your profile, with your email address and your phone number")


def needs_person(screen: _OfPerson[P]) -> Callable[Concatenate[Visit, P], Response]:
    """For somebody who has signed in as the request demands; anybody else signs in first. Devices
    and the account page have pages of their own."""

    @wraps(screen)
    def with_person(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        signed_in = visit.provider.signed_in(visit.client.pool_id)
        is_here = signed_in is not None and _is_proved(visit, signed_in)
        if signed_in is None or not is_here or not isinstance(visit.purpose, ClientEntry):
            return protect(Response(status=303, headers={"Location": visit.link(paths.SIGN_IN)}))
        return screen(visit, signed_in, *args, **kwargs)

    return with_person


def _is_proved(visit: Visit, signed_in: SignedIn) -> bool:
    """`prompt=login` is satisfied by the sign-in that led here, not by an older session."""
    wanted, clock = visit.purpose.authorization_request, visit.kernel.clock
    left = visit.flow.read(paths.CONSENT)
    came_here = left is not None and (left.session, left.request) == (
        signed_in.opening.browser_session_id,
        visit.request_id,
    )
    check = interactions.missing if came_here else interactions.needed
    return check(signed_in, wanted, clock) is None


@needs_person
def show(visit: Visit, signed_in: SignedIn) -> Response:
    wanted = visit.purpose.authorization_request
    user, described = visit.kernel.database.read(_load, signed_in.user_id, visit.client.pool_id)
    return visit.show(
        Screen(
            "consent",
            links={"sign_in": visit.link(paths.SIGN_IN)},
            details={
                "name": user.attributes.get("email", user.username),
                "items": items(consents.asked(wanted.scopes, wanted.binding), described),
                "host": urlsplit(wanted.redirect_uri).hostname or "",
            },
        )
    )


@needs_person
def submit(visit: Visit, signed_in: SignedIn, form: Mapping[str, str]) -> Response:
    wanted = visit.purpose.authorization_request
    if form.get("decision") != "allow":
        visit.provider.server.drop(wanted)
        response = visit.purpose.refuse(visit.provider, AccessDenied())
    else:
        visit.kernel.database.write(
            consents.give,
            signed_in.user_id,
            visit.client.client_id,
            consents.asked(wanted.scopes, wanted.binding),
            visit.kernel.clock.now(),
        )
        response = visit.answer(signed_in, consented=True)
    visit.flow.clear(response)
    return protect(response)


def items(asked: Sequence[str], described: Mapping[str, str]) -> list[str]:
    """One sentence for each thing that is asked for, in the present language. `openid` without a
    narrower scope gives every attribute (`scopes.requested_attributes`)."""
    sentences = dict(SENTENCES)
    if scopes.requested_attributes([each for each in asked if ":" not in each]) is None:
        sentences["openid"] = ALL_OF_IT
    found = [_sentence(each, sentences, described) for each in asked]
    return list(dict.fromkeys(found))


def _sentence(asked: str, sentences: Mapping[str, str], described: Mapping[str, str]) -> str:
    """What a resource server says of its scope is the operator's, in his language."""
    if asked in sentences:
        return translation.shown(sentences[asked])
    if asked.startswith(consents.CLAIM):
        name = asked.removeprefix(consents.CLAIM).removeprefix("custom:")
        return gettext("See this of your profile: %(name)s", name=name)
    return described.get(asked) or gettext("Use this: %(name)s", name=asked)


def _load(session: Session, user_id: str, pool_id: str) -> tuple[User, dict[str, str]]:
    return session.get_one(User, user_id), descriptions(session, pool_id)


def descriptions(session: Session, pool_id: str) -> dict[str, str]:
    """What the pool's resource servers say of their scopes."""
    servers = session.scalars(select(ResourceServer).where(ResourceServer.pool_id == pool_id))
    return {
        f"{server.identifier}/{scope['ScopeName']}": scope["ScopeDescription"]
        for server in servers
        for scope in server.scopes
    }
