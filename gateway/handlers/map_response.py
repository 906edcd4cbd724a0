"""Turn what the integration answered into the reply of the method."""

from __future__ import annotations

from gateway.context import Answered, Integrated, Reply, grown
from gateway.mapping import media_types
from gateway.mapping.selection import select
from gateway.replies import INTERNAL_SERVER_ERROR
from gateway.snapshot import RestIntegration


def map_response(context: Integrated) -> Answered | Reply:
    """The reply by the integration response whose pattern the status, or an error, matches.

    A proxy integration has made the reply already.
    """
    if isinstance(context, Answered):
        return context
    target = context.route.target
    if not isinstance(target, RestIntegration):
        return INTERNAL_SERVER_ERROR
    response = select(target.responses, context.result)
    if response is None:
        return INTERNAL_SERVER_ERROR
    template = response.templates.get(media_types.JSON)
    body = context.result.body if template is None else template.encode()
    headers = (("content-type", media_types.JSON),)
    return grown(Answered, context, reply=Reply(int(response.status), headers, body))
