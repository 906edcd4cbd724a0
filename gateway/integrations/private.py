"""Which targets a private integration may be sent to: those of its VPC link."""

from __future__ import annotations

from dataclasses import replace

from gateway.context import Located
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.function_uri import with_variables
from gateway.snapshot import UpstreamGroup


class NoTarget(Exception):
    """The link does not exist, or has no target for this integration. The message is for logs."""


def group_of(context: Located, link: str, endpoint: Endpoint) -> UpstreamGroup | None:
    """The targets of an integration; None where it needs no link. Raises `NoTarget`.

    A link of another account is none: its id is no secret. What a URI or a server's name promises
    to send by TLS is not sent to a target in the clear.
    """
    if not link:
        return None
    link_id = with_variables(link, context.stage.variables)
    group = context.snapshot.vpc_links.get(link_id)
    owner = (context.api.account, context.api.region)
    if group is None or (group.account, group.region) != owner:
        raise NoTarget("the VPC link does not exist")
    asked = endpoint.origin
    if asked.scheme == "https" or asked.server_name != asked.host:
        secure = tuple(each for each in group.targets if each.startswith("https://"))
        group = group if secure == group.targets else replace(group, targets=secure)
    if not group.targets:
        raise NoTarget("the VPC link has no target for this integration")
    return group
