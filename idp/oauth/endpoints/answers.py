"""What an endpoint of machines answers where it cannot do what it is asked for."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable

from authlib.oauth2 import OAuth2Error
from flask import Response

from idp.errors import IdpError
from idp.oauth.authorization_responses import RequestRefused
from idp.oauth.errors import to_oauth
from idp.oauth.provider import Provider


def answer(provider: Provider, action: Callable[[Provider], Response]) -> Response:
    """Errors have the form of RFC 6749 §5.2."""
    try:
        return action(provider)
    except RequestRefused as refused:
        # RFC 9126 §2.3: errors are those of the authorization endpoint, in that form.
        return provider.server.error_response(refused.error)
    except OAuth2Error as error:
        return provider.server.error_response(error)
    except IdpError as error:
        return provider.server.error_response(to_oauth(error))
