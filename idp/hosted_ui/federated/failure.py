"""A sign-in elsewhere that came to nothing."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import structlog
from flask import Response

from idp.errors import IdpError
from idp.hosted_ui.visit import Visit
from idp.oauth.errors import AccessDenied, to_oauth

log = structlog.get_logger("poolgate.federation")


def refuse(visit: Visit, provider_name: str, error: IdpError) -> Response:
    """Back to where the person came from, as Amazon Cognito does. Raises `PageError` where there
    is no way back."""
    log.info("federated_sign_in_failed", provider=provider_name, reason=type(error).__name__)
    return visit.purpose.refuse(visit.provider, AccessDenied(to_oauth(error).description))
