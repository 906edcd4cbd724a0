"""Answer CORS preflights, before anything asks for a token: browsers send none with them."""

from __future__ import annotations

from gateway import cors
from gateway.context import Located, Reply


def preflight(context: Located) -> Located | Reply:
    """Reply with 204 where the API has a CORS configuration.

    "When you configure CORS for an API, API Gateway automatically sends a response to preflight
    OPTIONS requests, even if there isn't an OPTIONS route configured for your API" (developer
    guide, "Configure CORS for HTTP APIs"). The finaliser adds the headers of every reply.
    """
    configuration, request = context.api.cors, context.request
    if configuration is None or not cors.is_preflight(request.method, request.headers):
        return context
    return Reply(204, cors.preflight_headers(configuration, request.headers["origin"]))
