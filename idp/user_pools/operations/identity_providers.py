"""Identity providers of a pool, and the certificate that signs requests to SAML ones."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.models import PoolDocument, UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.rules import provider_details
from idp.user_pools.services import (
    documents,
    identity_providers,
    pages,
    pools,
    saml_certificates,
)
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("CreateIdentityProvider")
def create_identity_provider(call: Call, request: Input) -> Output:
    """A SAML provider gets a key of its own, which takes long, so it is made outside the unit."""
    kernel, name = call.kernel, request["ProviderName"]
    pool = kernel.database.look_up(pools.look, call, request["UserPoolId"])
    certified = None
    if request["ProviderType"] == "SAML":
        identity_providers.check_name(name, "SAML")
        own = {identity_providers.CERTIFICATE: ""}
        provider_details.complete("SAML", request["ProviderDetails"], own)
        certified = saml_certificates.for_responses(pool, name, kernel.clock.now())

    def unit(session: Session) -> Output:
        present = pools.require(session, call, pool.id)
        row = identity_providers.create(session, kernel, present, request, certified)
        return _described(call, row)

    return kernel.database.write(unit)


@family.reads("DescribeIdentityProvider")
def describe_identity_provider(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    return _described(call, identity_providers.require(session, pool, request["ProviderName"]))


@family.reads("GetIdentityProviderByIdentifier")
def get_identity_provider_by_identifier(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    row = identity_providers.by_identifier(session, pool, request["IdpIdentifier"])
    return _described(call, row)


@family.writes("UpdateIdentityProvider")
def update_identity_provider(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    return _described(call, identity_providers.update(session, call.kernel, pool, request))


@family.writes("DeleteIdentityProvider")
def delete_identity_provider(session: Session, call: Call, request: Input) -> None:
    pool = _pool(session, call, request)
    identity_providers.delete(session, call.kernel, pool, request["ProviderName"])


@family.reads("ListIdentityProviders")
def list_identity_providers(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    limit = pages.size(request.get("MaxResults"))
    after = pages.position(call, request.get("NextToken"), pool.id)
    rows = documents.page(session, pool.id, identity_providers.KIND, after, limit)
    page, token = pages.cut(call, rows, limit, lambda row: row.key, pool.id)
    listed = [identity_providers.summary(row) for row in page]
    return with_token({"Providers": listed}, "NextToken", token)


@family.operation("GetSigningCertificate")
def get_signing_certificate(call: Call, request: Input) -> Output:
    return {"Certificate": saml_certificates.signing_certificate(call, request["UserPoolId"])}


def _pool(session: Session, call: Call, request: Input) -> UserPool:
    return pools.require(session, call, request["UserPoolId"])


def _described(call: Call, row: PoolDocument) -> Output:
    return {"IdentityProvider": identity_providers.describe(call.kernel, row)}
