"""GET /saml2/metadata/POOL_ID/PROVIDER_NAME: the pool as that SAML provider is to know it.

Beyond Cognito, where both sides copy values by hand. Everything here is public: the names stand
on the sign-in page, the certificates in requests and in encrypted responses.
"""

from __future__ import annotations

from flask import Response, abort, request
from sqlalchemy.orm import Session

from idp.hosted_ui import paths
from idp.oauth import addresses
from idp.oauth.provider import Provider
from idp.user_pools.rules import saml_service_provider
from idp.user_pools.services import documents, identity_providers, saml_certificates
from idp.user_pools.services.issuers import is_pool_id

PATH = "/saml2/metadata"
LOGOUT_PATH = "/saml2/logout"
ROUTE = f"{PATH}/<pool_id>/<name>"
CONTENT_TYPE = "application/samlmetadata+xml"


def serve(provider: Provider, pool_id: str, name: str) -> Response:
    kernel = provider.kernel
    addressed = provider.address().pool_id
    is_name = is_pool_id(pool_id) and name.isprintable()
    details = kernel.database.read(_details, pool_id, name) if is_name else None
    if details is None or addressed not in (None, pool_id):
        abort(404)
    host = None if addressed is None else request.host
    here = addresses.origin(kernel.settings, host)
    document = saml_service_provider.metadata(
        pool_id,
        here + paths.SAML_ANSWER,
        here + logout_path(None if host else pool_id),
        details[identity_providers.CERTIFICATE],
        saml_certificates.signing(kernel, pool_id).certificate,
        signs_requests="RequestSigningAlgorithm" in details,
    )
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return Response(document, content_type=CONTENT_TYPE, headers=headers)


def _details(session: Session, pool_id: str, name: str) -> dict[str, str] | None:
    row = documents.find(session, pool_id, identity_providers.KIND, name)
    if row is None or row.document["ProviderType"] != "SAML":
        return None
    found: dict[str, str] = row.document["ProviderDetails"]
    return found


def logout_path(pool_id: str | None) -> str:
    """Of the SingleLogoutService: at the root of all pools the pool's id stands before it."""
    return f"/{pool_id}{LOGOUT_PATH}" if pool_id else LOGOUT_PATH
