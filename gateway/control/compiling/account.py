"""What an account sets for all of its APIs, and its VPC links, into what the data plane knows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import snapshot
from gateway.control.account.models import ACCOUNT_SETTINGS, AccountPart
from gateway.control.account.settings import throttle_settings
from gateway.control.account.vpc_links import KINDS, upstream_group

AccountThrottles = dict[tuple[str, str], snapshot.Throttle]
"""By account and region, where it is not the default."""


def load_throttles(session: Session) -> AccountThrottles:
    """The throttles of accounts that have set one."""
    rows = session.scalars(select(AccountPart).where(AccountPart.kind == ACCOUNT_SETTINGS))
    return {(row.account, row.region): _throttle(row) for row in rows}


def default_throttle() -> snapshot.Throttle:
    """What an account has that has set nothing."""
    settings = throttle_settings({})
    return snapshot.Throttle(settings["rateLimit"], settings["burstLimit"])


def load_vpc_links(session: Session) -> dict[str, snapshot.UpstreamGroup]:
    """VPC links by id, those too that have no target: integrations with them are refused."""
    rows = session.scalars(select(AccountPart).where(AccountPart.kind.in_(KINDS)))
    return {row.id: upstream_group(row) for row in rows}


def _throttle(row: AccountPart) -> snapshot.Throttle:
    settings = throttle_settings(row.document)
    return snapshot.Throttle(settings["rateLimit"], settings["burstLimit"])
