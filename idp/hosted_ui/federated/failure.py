"""A sign-in elsewhere that came to nothing."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import structlog
from flask import Response

from idp.errors import IdpError
from idp.hosted_ui.visit import Visit
from idp.oauth.errors import AccessDenied, to_oauth
from idp.user_pools.services.upstream import Upstream, UpstreamFailed

log = structlog.get_logger("poolgate.federation")


def refuse(visit: Visit, there: Upstream, error: IdpError) -> Response:
    """Back to where the person came from, as Amazon Cognito does. Raises `PageError` where there
    is no way back."""
    # Other errors may repeat attributes of the person, or what a function said.
    why = {"why": error.why} if isinstance(error, UpstreamFailed) else {}
    log.info(
        "federated_sign_in_failed",
        pool=there.pool_id,
        provider=there.name,
        reason=type(error).__name__,
        **why,
    )
    return visit.purpose.refuse(visit.provider, AccessDenied(to_oauth(error).description))
