"""The applications that trust a pool as their SAML identity provider, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from federation import single_use
from federation.saml.times import REMEMBERED
from federation.saml_idp import application_metadata, application_settings
from federation.saml_idp.application_metadata import ApplicationMetadata, UnusableMetadata
from federation.saml_idp.application_settings import ApplicationSettings
from idp.models import PoolDocument, SamlApplicationSession, UserPool, UserPoolClient
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.services import documents
from kernel.clock import Clock
from kernel.runtime import Kernel

KIND = "saml_application"
METADATA, SETTINGS = "Metadata", "Settings"
OWN_SOURCES = frozenset(
    {application_settings.GROUPS, application_settings.USERNAME, application_settings.SUB}
)


@dataclass(frozen=True)
class Application:
    """One that is registered at a pool."""

    pool_id: str
    metadata: ApplicationMetadata
    settings: ApplicationSettings

    @property
    def entity_id(self) -> str:
        return self.metadata.entity_id

    def is_new(self, kernel: Kernel, message_id: str) -> bool:
        """Whether a message of it comes for the first time: each is good once."""
        kind = f"saml-application:{self.pool_id}"
        return single_use.claim(kernel, kind, self.entity_id, message_id, REMEMBERED)

    @property
    def needs_signed_requests(self) -> bool:
        return application_settings.needs_signature(self.settings, self.metadata)

    def is_valid(self, now: datetime) -> bool:
        ends = self.metadata.valid_until
        return ends is None or now < ends


def register(
    session: Session, pool: UserPool, metadata: str, settings: Any, clock: Clock
) -> Application:
    """Add an application, or replace it. Raises `UnusableMetadata`, `WrongSetting`."""
    now = clock.now()
    parsed = application_metadata.parse(metadata)
    application = Application(pool.id, parsed, application_settings.parse(settings))
    application_settings.check(application.settings, parsed)
    if not application.is_valid(now):
        raise UnusableMetadata("It was valid until a moment that is over.")
    _check_client(session, application)
    _check_sources(pool, application.settings)
    document = {METADATA: metadata, SETTINGS: settings}
    documents.put(session, pool.id, KIND, application.entity_id, document, now)
    return application


def find(session: Session, pool_id: str, entity_id: str) -> Application | None:
    """What a stranger names may be no name at all."""
    if not application_metadata.is_entity_id(entity_id):
        return None
    row = documents.find(session, pool_id, KIND, entity_id)
    return None if row is None else load(row)


def load(row: PoolDocument) -> Application:
    return Application(
        row.pool_id,
        application_metadata.parse(row.document[METADATA]),
        application_settings.parse(row.document[SETTINGS]),
    )


def entity_ids(session: Session, pool_id: str) -> list[str]:
    return list(session.scalars(documents.keys(pool_id, KIND).order_by(PoolDocument.key)))


def remove(session: Session, pool_id: str, entity_id: str) -> bool:
    """Take an application away, with its sessions. Answers whether it was there."""
    was_there = documents.find(session, pool_id, KIND, entity_id) is not None
    documents.remove(session, pool_id, KIND, entity_id)
    session.execute(
        delete(SamlApplicationSession).where(
            SamlApplicationSession.pool_id == pool_id,
            SamlApplicationSession.application == entity_id,
        )
    )
    return was_there


def _check_client(session: Session, application: Application) -> None:
    client_id = application.settings.client_id
    owner = session.scalar(select(UserPoolClient.pool_id).where(UserPoolClient.id == client_id))
    if owner != application.pool_id:
        raise WrongSetting("client_id", f"names no app client of {application.pool_id}")


def _check_sources(pool: UserPool, settings: ApplicationSettings) -> None:
    known = {each["Name"] for each in pool.schema} | OWN_SOURCES
    for attribute in settings.attributes:
        if attribute.source not in known:
            raise WrongSetting("attributes", f"has {attribute.source}, no attribute of the pool")
