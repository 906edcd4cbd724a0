"""Whether a body only passes through: then it streams both ways, and no handler reads it."""

from __future__ import annotations

from gateway.context import Identified
from gateway.snapshot import RestIntegration


def passes_body(context: Identified) -> bool:
    """HTTP_PROXY, where no validator asks for the body and nothing needs the reply whole."""
    route, rest = context.route, context.route.rest
    target = route.target
    if not isinstance(target, RestIntegration) or target.type != "HTTP_PROXY":
        return False
    if rest is not None and rest.validates_body and rest.request_models:
        return False
    if any("method.request.body" in each for each in target.request_parameters.values()):
        return False
    return not needs_whole_reply(context)


def streams(context: Identified) -> bool:
    """Whether the integration asks for its reply to stream (`responseTransferMode`)."""
    target = context.route.target
    return isinstance(target, RestIntegration) and target.streams


def needs_whole_reply(context: Identified) -> bool:
    """Whether the reply is to be kept, compressed or logged; what streams is none of these."""
    if streams(context):
        return False
    settings = context.stage.rest
    if settings is not None and settings.minimum_compression_size is not None:
        return True
    own = context.stage.settings_of(context.route.key)
    return own.caching is not None or own.shows_content
