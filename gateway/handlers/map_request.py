"""Turn the client's request into the one that its integration gets."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.context import Mapped, Outgoing, Prepared, Reply, grown
from gateway.mapping import media_types
from gateway.mapping.content_handling import NotBase64, convert_request, is_binary
from gateway.mapping.parameters import TO_REQUEST, header_pairs, map_to_request, path_text
from gateway.mapping.payloads import NotJson, Payload
from gateway.mapping.rendering import Overrides, Rendered, override_values, render
from gateway.mapping.request_values import path_value
from gateway.mapping.sources import METHOD_REQUEST
from gateway.mapping.vtl import TemplateError
from gateway.paths import RefusedPath
from gateway.replies import (
    BAD_PARAMETERS,
    INTERNAL_SERVER_ERROR,
    NOT_BASE64,
    NOT_JSON,
    UNSUPPORTED_MEDIA_TYPE,
    with_error,
)
from gateway.snapshot import RestIntegration, RestSettings

PROXIES = frozenset({"AWS_PROXY", "HTTP_PROXY"})
"""Types that pass the body as it came: they have no templates."""
_NOTHING: Overrides = {}


def map_request(context: Prepared) -> Mapped | Reply:
    """The body by the template for its content type, parameters, and what the template overrides.

    A body that is not what a template reads is the client's mistake; all else is the API's.
    """
    target = context.route.target
    if not isinstance(target, RestIntegration):
        return INTERNAL_SERVER_ERROR
    try:
        rendered = _rendered(context, target)
        if rendered is None:
            return UNSUPPORTED_MEDIA_TYPE
        return grown(Mapped, context, outgoing=_outgoing(context, target, rendered))
    except NotJson as error:
        return with_error(NOT_JSON, str(error))
    except NotBase64 as error:
        return with_error(NOT_BASE64, str(error))
    except RefusedPath as error:
        return with_error(BAD_PARAMETERS, str(error))
    except TemplateError as error:
        return with_error(INTERNAL_SERVER_ERROR, str(error))


def _rendered(context: Prepared, target: RestIntegration) -> Rendered | None:
    """The body for the integration; None for a content type that it does not take."""
    if target.type in PROXIES:
        return Rendered(context.body, _NOTHING, _NOTHING)
    content_type = context.request.headers.get("content-type") or media_types.JSON
    body = convert_request(
        context.body,
        target.content_handling,
        binary=is_binary(content_type, settings_of(context).binary_media_types),
    )
    chosen = media_types.matching(target.request_templates, content_type)
    if chosen is not None:
        return render(context, target.request_templates[chosen], Payload(body))
    return None if refuses_unmapped(target) else Rendered(body, _NOTHING, _NOTHING)


def refuses_unmapped(target: RestIntegration) -> bool:
    """Whether a body without a template is refused ("passthroughBehavior", PutIntegration)."""
    if target.passthrough == "NEVER":
        return True
    return target.passthrough == "WHEN_NO_TEMPLATES" and bool(target.request_templates)


def settings_of(context: Prepared) -> RestSettings:
    """What the stage of a REST API has besides its routes."""
    return context.stage.rest or RestSettings()


def _outgoing(context: Prepared, target: RestIntegration, rendered: Rendered) -> Outgoing:
    mapped = map_to_request(context, target.request_parameters, Payload(context.body))
    for place, found in mapped.items():
        found.update(override_values(rendered.request_override, place))
    return Outgoing(
        path=_path(context, target, mapped["path"]),
        query=tuple(
            (name, each) for name, found in mapped["querystring"].items() for each in found
        ),
        headers=header_pairs(mapped["header"]),
        body=rendered.body,
        template_variables={
            "requestOverride": rendered.request_override,
            "responseOverride": rendered.response_override,
        },
    )


def _path(
    context: Prepared, target: RestIntegration, mapped: Mapping[str, list[str]]
) -> dict[str, str]:
    """The URI's variables. What the client's own path said stays spelled as it was, slashes of a
    greedy variable too; any other value becomes one segment."""
    own = context.match.variables
    path = dict(own)
    for name, values in mapped.items():
        expression = target.request_parameters.get(f"{TO_REQUEST}path.{name}", "")
        source = expression.removeprefix(f"{METHOD_REQUEST}path.")
        is_as_it_came = source in own and values == [path_value(context, source)]
        path[name] = own[source] if is_as_it_came else path_text(values[-1])
    return path
