"""Domains of a pool: which may be taken, and by whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, ResourceNotFound
from idp.models import PoolDomain, UserPool
from idp.user_pools.rules import tiers
from idp.user_pools.services import pools, quotas
from kernel.aws.operations import Call
from kernel.tls.folder import CertificateFolder

PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
RESERVED_WORDS = ("aws", "amazon", "cognito")


def create(session: Session, call: Call, pool: UserPool, request: Mapping[str, Any]) -> PoolDomain:
    """Take a domain for the pool. Raises `InvalidParameter`, `FeatureUnavailableInTier`."""
    domain, is_custom = request["Domain"], "CustomDomainConfig" in request
    _check_name(domain, is_custom)
    _refuse_own_host(call, domain)
    _check_settings(pool, request)
    if is_custom:
        _refuse_others_wildcard(call, domain)
        quotas.wait_for_turn_of_account(session, call)
    quotas.wait_for_turn(session, pool.id)
    if session.get(PoolDomain, domain):
        raise InvalidParameter("Domain already associated with another user pool.")
    others = session.scalars(select(PoolDomain).where(PoolDomain.pool_id == pool.id))
    if any(has_custom_name(other) == is_custom for other in others):
        kind = "custom domain" if is_custom else "domain"
        raise InvalidParameter(f"User pool already has a {kind} configured.")
    if is_custom:
        quotas.check_room(session, call.kernel, "custom_domains_per_account", _custom(call))
    row = PoolDomain(
        domain=domain,
        pool_id=pool.id,
        settings={"ManagedLoginVersion": 1, **_given(request)},
        created=call.kernel.clock.now(),
    )
    session.add(row)
    return row


def update(pool: UserPool, row: PoolDomain, request: Mapping[str, Any]) -> None:
    """Change what the request names. Raises `InvalidParameter`, `FeatureUnavailableInTier`."""
    if "CustomDomainConfig" in request and not has_custom_name(row):
        raise InvalidParameter("A prefix domain cannot become a custom domain.")
    _check_settings(pool, request)
    row.settings = {**row.settings, **_given(request)}


def require(session: Session, pool: UserPool, domain: str) -> PoolDomain:
    """The pool's domain. Raises `ResourceNotFound`."""
    row = session.get(PoolDomain, domain)
    if row is None or row.pool_id != pool.id:
        raise ResourceNotFound("No such domain or user pool exists.")
    return row


def describe(session: Session, call: Call, domain: str) -> dict[str, Any]:
    """DomainDescriptionType: empty for a domain that nobody has, and for another account's."""
    row = session.get(PoolDomain, domain)
    pool = session.get(UserPool, row.pool_id) if row else None
    if row is None or pool is None or not pools.is_of(pool, call):
        return {}
    return {
        **row.settings,
        "UserPoolId": pool.id,
        "AWSAccountId": pool.account,
        "Domain": row.domain,
        "Status": "ACTIVE",
        "Version": f"{row.created:%Y%m%d%H%M%S}",
    }


def has_custom_name(row: PoolDomain) -> bool:
    """Whether it is a whole host name, and not a prefix of one of ours."""
    return "CustomDomainConfig" in row.settings


def is_taken(session: Session, name: str) -> bool:
    """Whether a pool's pages answer at a host name, or at one that a wildcard such as
    `*.example.com` covers."""
    taken = (
        PoolDomain.domain.endswith(name.removeprefix("*"), autoescape=True)
        if name.startswith("*.")
        else PoolDomain.domain == name
    )
    return session.scalar(select(PoolDomain.domain).where(taken).limit(1)) is not None


def _check_name(domain: str, is_custom: bool) -> None:
    if is_custom:
        if not HOST_NAME.fullmatch(domain):
            raise InvalidParameter(f"{domain} is not a valid host name for a custom domain.")
    elif not PREFIX.fullmatch(domain):
        raise InvalidParameter(
            "Domain must be 1 to 63 lower-case letters, digits and hyphens, "
            "without a hyphen at its ends."
        )
    elif any(word in domain for word in RESERVED_WORDS):
        raise InvalidParameter("Domain cannot contain reserved word: " + ", ".join(RESERVED_WORDS))


def _custom(call: Call) -> Select[str]:
    """The custom domains of the caller's account and region: names with a dot."""
    mine = (UserPool.account == call.account, UserPool.region == call.region)
    return (
        select(PoolDomain.domain)
        .join(UserPool, UserPool.id == PoolDomain.pool_id)
        .where(*mine, PoolDomain.domain.contains("."))
    )


def _refuse_own_host(call: Call, domain: str) -> None:
    """A custom domain decides whose pages a host shows: nobody may take this server's own."""
    host = urlsplit(f"//{call.kernel.settings.public_host}").hostname or ""
    if domain == host or domain.endswith(f".{host}"):
        raise InvalidParameter(f"{domain} belongs to this server.")


def _refuse_others_wildcard(call: Call, domain: str) -> None:
    """The operator's wildcard would speak for whoever takes a name below it: for other accounts he
    puts a pair of that very name there."""
    settings = call.kernel.settings
    if call.account == settings.account_id:
        return
    if CertificateFolder.of(settings).find(domain).startswith("_."):
        raise InvalidParameter(f"{domain} is covered by a certificate of another account.")


def _check_settings(pool: UserPool, request: Mapping[str, Any]) -> None:
    version = request.get("ManagedLoginVersion", 1)
    if version not in (1, 2):
        raise InvalidParameter("ManagedLoginVersion must be 1 or 2.")
    tiers.check_domain(pool.settings, request)
    if "Routing" in request:
        raise InvalidParameter("Routing is not supported: a user pool has no replicas here.")


def _given(request: Mapping[str, Any]) -> dict[str, Any]:
    names = ("ManagedLoginVersion", "CustomDomainConfig")
    return {name: request[name] for name in names if name in request}
