"""A sign-in that is for an application: what stands where an authorization request does.

What the application asked for was checked when it came. It stands sealed in the query of the
screens, so that nobody changes it on the way, and no page needs server state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog
from authlib.oauth2 import OAuth2Error
from flask import Response
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from federation.saml import identifiers
from federation.saml.names import TRANSIENT
from federation.saml_idp import (
    answers,
    applications,
    contexts,
    description,
    keys,
    released,
    sessions,
    statuses,
)
from federation.saml_idp.applications import Application
from federation.saml_idp.released import Parties
from federation.saml_idp.response import Envelope, Statement
from federation.saml_idp.statuses import Refused, Status
from idp.hosted_ui import plain_pages
from idp.models import User
from idp.oauth import codes
from idp.oauth.authorization_request import AuthorizationRequest, leading_to_no_client
from idp.oauth.provider import Provider
from idp.oauth.requests import OAuthRequest
from idp.oauth.sessions import SignedIn
from idp.user_pools.services import groups
from kernel.runtime import Kernel
from kernel.sealing import Unsealable
from kernel.threads import compute

PARAMETER, PURPOSE = "saml", "saml-sign-on"
LIFETIME = 3600.0
MOST_GROUPS = 1000
KEPT = ("lang", "ui_locales")

log = structlog.get_logger("poolgate.saml_applications")


@dataclass(frozen=True)
class Wanted:
    """What an application asked for, and where its answer goes."""

    pool_id: str
    entity_id: str
    request_id: str | None
    """None where the sign-in began here."""
    service_index: int
    """Of the assertion consumer service."""
    relay_state: str | None
    is_forced: bool = False
    contexts: tuple[str, ...] = ()
    comparison: str = "exact"


@dataclass(frozen=True)
class SamlEntry:
    """The application that waits."""

    authorization_request: AuthorizationRequest
    request: OAuthRequest
    application: Application
    wanted: Wanted

    def answer(
        self,
        provider: Provider,
        signed_in: SignedIn,
        *,
        consented: bool = False,  # noqa: ARG002 - applications are the operator's own
    ) -> Response:
        """To the application, with an assertion or with what is missing. Raises
        `codes.SessionOver`."""
        try:
            return _answer(provider.kernel, self, signed_in)
        except Refused as refused:
            return self.tell(provider.kernel, refused.status)

    def refuse(self, provider: Provider, error: OAuth2Error) -> Response:
        """The sign-in failed elsewhere. Who did not ask is not told."""
        if self.wanted.request_id is None:
            raise plain_pages.cannot_go_on(error.description)
        return self.tell(provider.kernel, statuses.AUTHN_FAILED)

    def tell(self, kernel: Kernel, status: Status) -> Response:
        """Back to the application without an assertion."""
        entity_id = self.application.entity_id
        log.info("saml_sign_on_refused", application=entity_id, status=status.detail)
        key = keys.of(kernel, self.wanted.pool_id).signing
        xml = compute(answers.refusal, envelope(kernel, self), status, key)
        return _posted(self, xml)

    def proves_enough(self, signed_in: SignedIn) -> bool:
        wanted, factors = self.wanted, signed_in.opening.factors
        return contexts.chosen(factors, wanted.contexts, wanted.comparison) is not None


class SamlEntrance:
    """How the screens know such a sign-in again."""

    def is_meant(self, _path: str, values: MultiDict[str, str]) -> bool:
        return PARAMETER in values and not {"response_type", "request_uri"} & values.keys()

    def read(self, provider: Provider, values: MultiDict[str, str]) -> SamlEntry:
        """Raises `PageError`."""
        try:
            opened = provider.kernel.sealer.open_token(values[PARAMETER], PURPOSE)
        except Unsealable:
            raise plain_pages.cannot_go_on("saml is not of a sign-in that goes on") from None
        wanted = Wanted(**{**opened, "contexts": tuple(opened["contexts"])})
        if provider.address().pool_id not in (None, wanted.pool_id):
            raise plain_pages.cannot_go_on("saml is of another pool")
        found = provider.kernel.database.read(applications.find, wanted.pool_id, wanted.entity_id)
        if found is None:
            raise plain_pages.cannot_go_on("the application is not registered any more")
        kept = {name: values[name] for name in KEPT if name in values}
        return make(provider, found, wanted, {PARAMETER: values[PARAMETER], **kept})


def make(
    provider: Provider,
    application: Application,
    wanted: Wanted,
    carried: Mapping[str, str] | None = None,
) -> SamlEntry:
    """Raises `PageError`."""
    client = provider.server.find_client(application.settings.client_id, wanted.pool_id)
    service = application.metadata.service(None, str(wanted.service_index))
    if client is None or service is None or not application.is_valid(provider.kernel.clock.now()):
        raise plain_pages.cannot_go_on("the application's registration is not usable any more")
    # What the pages look at: another provider is asked for a fresh proof too.
    given = {"prompt": "login"} if wanted.is_forced else {}
    asked = provider.request(MultiDict({**given, **_languages(carried or {})}))
    asked.carried = carried or {PARAMETER: _sealed(provider.kernel, wanted)}
    sign_in = replace(leading_to_no_client(client), prompts=frozenset(given.values()))
    return SamlEntry(sign_in, asked, application, wanted)


def envelope(kernel: Kernel, entry: SamlEntry) -> Envelope:
    return Envelope(
        identifiers.new(kernel.randomness),
        kernel.clock.now(),
        description.entity_id(kernel.settings, entry.wanted.pool_id),
        destination(entry),
        entry.wanted.request_id,
    )


def destination(entry: SamlEntry) -> str:
    """The assertion consumer service; `make` has looked that it is registered."""
    service = entry.application.metadata.service(None, str(entry.wanted.service_index))
    assert service is not None  # noqa: S101 - as said
    return service.location


def _answer(kernel: Kernel, entry: SamlEntry, signed_in: SignedIn) -> Response:
    wanted, application = entry.wanted, entry.application
    context = contexts.chosen(signed_in.opening.factors, wanted.contexts, wanted.comparison)
    if context is None:
        raise Refused(statuses.NO_AUTHN_CONTEXT)
    found = keys.of(kernel, wanted.pool_id)
    sent = envelope(kernel, entry)
    parties = Parties(sent.issuer, application, found.names)
    fresh = [identifiers.new(kernel.randomness) for _ in range(3)]
    statement = kernel.database.write(_state, parties, signed_in, sent, context, fresh)
    settings, certificate = application.settings, application.metadata.encryption
    xml = compute(answers.success, sent, statement, settings, certificate, found.signing)
    log.info("saml_sign_on", application=application.entity_id, user=signed_in.user_id)
    return _posted(entry, xml)


def _posted(entry: SamlEntry, xml: bytes) -> Response:
    leads_on = entry.application.settings.leads_on
    return answers.posted(destination(entry), xml, entry.wanted.relay_state, leads_on=leads_on)


def _state(
    session: Session,
    parties: Parties,
    signed_in: SignedIn,
    sent: Envelope,
    context: str,
    fresh: Sequence[str],
) -> Statement:
    """What is said of the person, and the row that remembers where it was said. Raises `Refused`,
    and `codes.SessionOver` where the browser session was ended in the same moment."""
    application, now = parties.application, sent.issued
    codes.note_use(session, signed_in, now)
    user = session.get(User, signed_in.user_id)
    if user is None or not user.enabled or user.pool_id != application.pool_id:
        raise Refused(statuses.AUTHN_FAILED)
    assertion_id, session_index, transient = fresh
    row = sessions.open_(
        session,
        user,
        signed_in.opening.browser_session_id or "",
        application.entity_id,
        session_index,
        now + application.settings.session,
    )
    before = sessions.name_of(row)
    is_transient = before.format == TRANSIENT
    name_id = released.name_id(user, parties, before.text if is_transient else transient)
    sessions.call(row, name_id)
    of_user = groups.page_of_user(session, user, "", MOST_GROUPS)[:MOST_GROUPS]
    names = [group.name for group in of_user]
    return Statement(
        assertion_id,
        application.entity_id,
        name_id,
        signed_in.proven_elsewhere or signed_in.auth_time,
        row.id,
        row.expires,
        context,
        released.attributes(user, names, application.settings.attributes),
    )


def _sealed(kernel: Kernel, wanted: Wanted) -> str:
    return kernel.sealer.seal_token(asdict(wanted), PURPOSE, LIFETIME)


def _languages(carried: Mapping[str, Any]) -> dict[str, str]:
    return {name: carried[name] for name in KEPT if name in carried}
