"""Where a pool's hosted pages are found: prefix domains and custom domains."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, ResourceNotFound
from idp.models import PoolDomain, UserPool
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import pools
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()

PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
RESERVED_WORDS = ("aws", "amazon", "cognito")


@family.writes("CreateUserPoolDomain")
def create_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    domain, is_custom = request["Domain"], "CustomDomainConfig" in request
    _check(domain, is_custom)
    _refuse_own_host(call, domain)
    _refuse_managed_login(request)
    if session.get(PoolDomain, domain):
        raise InvalidParameter("Domain already associated with another user pool.")
    if any(_is_custom(other) == is_custom for other in _of_pool(session, pool.id)):
        kind = "custom domain" if is_custom else "domain"
        raise InvalidParameter(f"User pool already has a {kind} configured.")
    session.add(
        PoolDomain(
            domain=domain,
            pool_id=pool.id,
            settings=_settings(request),
            created=call.kernel.clock.now(),
        )
    )
    return _created(call, is_custom)


@family.writes("UpdateUserPoolDomain")
def update_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    row = _require(session, pool.id, request["Domain"])
    if _is_custom(row) != ("CustomDomainConfig" in request):
        raise InvalidParameter("A prefix domain and a custom domain cannot become each other.")
    _refuse_managed_login(request)
    row.settings = _settings(request)
    return _created(call, _is_custom(row))


@family.reads("DescribeUserPoolDomain")
def describe_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    row = session.get(PoolDomain, request["Domain"])
    pool = session.get(UserPool, row.pool_id) if row else None
    # A domain of another account is not told from one that nobody has.
    if row is None or pool is None or not pools.is_of(pool, call):
        return {"DomainDescription": {}}
    return {
        "DomainDescription": {
            **row.settings,
            "UserPoolId": pool.id,
            "AWSAccountId": pool.account,
            "Domain": row.domain,
            "Status": "ACTIVE",
            "Version": f"{row.created:%Y%m%d%H%M%S}",
        }
    }


@family.writes("DeleteUserPoolDomain")
def delete_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    session.delete(_require(session, pool.id, request["Domain"]))
    return {}


def _check(domain: str, is_custom: bool) -> None:
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


def _refuse_own_host(call: Call, domain: str) -> None:
    """A custom domain decides whose pages a host shows: nobody may take this server's own."""
    host = urlsplit(f"//{call.kernel.settings.public_host}").hostname or ""
    if domain == host or domain.endswith(f".{host}"):
        raise InvalidParameter(f"{domain} belongs to this server.")


def _refuse_managed_login(request: Input) -> None:
    if request.get("ManagedLoginVersion", 1) != 1:
        raise InvalidParameter("ManagedLoginVersion can only be 1: branding is not supported yet.")
    if "Routing" in request:
        raise InvalidParameter("Routing is not supported: a user pool has no replicas here.")


def _settings(request: Input) -> Output:
    return {
        "ManagedLoginVersion": 1,
        **{name: request[name] for name in ("CustomDomainConfig",) if name in request},
    }


def _created(call: Call, is_custom: bool) -> Output:
    """CloudFrontDomain is what a CNAME of the custom domain must point to: this server."""
    output: Output = {"ManagedLoginVersion": 1}
    if is_custom:
        output["CloudFrontDomain"] = call.kernel.settings.public_host
    return output


def _is_custom(row: PoolDomain) -> bool:
    return "CustomDomainConfig" in row.settings


def _of_pool(session: Session, pool_id: str) -> list[PoolDomain]:
    return list(session.scalars(select(PoolDomain).where(PoolDomain.pool_id == pool_id)))


def _require(session: Session, pool_id: str, domain: str) -> PoolDomain:
    row = session.get(PoolDomain, domain)
    if row is None or row.pool_id != pool_id:
        raise ResourceNotFound("No such domain or user pool exists.")
    return row
