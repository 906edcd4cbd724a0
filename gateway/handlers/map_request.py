"""Turn the client's request into the one that its integration gets."""

from __future__ import annotations

from gateway.context import Mapped, Outgoing, Prepared, Reply, grown
from gateway.mapping import media_types
from gateway.replies import INTERNAL_SERVER_ERROR, UNSUPPORTED_MEDIA_TYPE
from gateway.snapshot import RestIntegration


def map_request(context: Prepared) -> Mapped | Reply:
    """Parameters, then the body by the template for its content type."""
    target = context.route.target
    if not isinstance(target, RestIntegration):
        return INTERNAL_SERVER_ERROR
    templates = target.request_templates
    content_type = context.request.headers.get("content-type") or media_types.JSON
    chosen = media_types.matching(templates, content_type)
    if chosen is None and refuses_unmapped(target):
        return UNSUPPORTED_MEDIA_TYPE
    body = templates[chosen].encode() if chosen else context.body
    return grown(Mapped, context, outgoing=Outgoing(body=body))


def refuses_unmapped(target: RestIntegration) -> bool:
    """Whether a body without a template is refused ("passthroughBehavior", PutIntegration)."""
    if target.passthrough == "NEVER":
        return True
    return target.passthrough == "WHEN_NO_TEMPLATES" and bool(target.request_templates)
