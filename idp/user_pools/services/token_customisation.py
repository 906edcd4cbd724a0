"""The pre token generation function: what it changes in the tokens of a user, and of a client.

Cognito developer guide, "Pre token generation Lambda trigger".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from idp.models import User
from idp.user_pools.rules import pre_token_generation
from idp.user_pools.rules.claims import Customisation, Subject
from idp.user_pools.services import triggers
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.triggers import TriggerEvent
from kernel.runtime import Kernel


def of_user(
    kernel: Kernel,
    context: ClientContext,
    source: str,
    user: User,
    subject: Subject,
    scopes: Sequence[str],
    metadata: Mapping[str, str],
) -> Customisation | None:
    """What changes in a user's tokens, or None without a function. Raises as `triggers.fire`."""
    version = _version(context)
    if version is None:
        return None
    attributes = triggers.user_attributes(user)
    request = pre_token_generation.request(version, attributes, subject, scopes, metadata)
    return _ask(kernel, context, version, source, user.username, request)


def of_client(
    kernel: Kernel, context: ClientContext, scopes: Sequence[str], metadata: Mapping[str, str]
) -> Customisation | None:
    """What changes in a client's own token. The guide: "Version three event responses apply to
    access tokens from user authentication and machine authentication"."""
    if _version(context) != "V3_0":
        return None
    request = pre_token_generation.machine_request(scopes, metadata)
    source = "TokenGeneration_ClientCredentials"
    return _ask(kernel, context, "V3_0", source, "ClientCredentials", request)


def _version(context: ClientContext) -> str | None:
    config = context.pool.settings["LambdaConfig"].get("PreTokenGenerationConfig")
    return None if config is None else config["LambdaVersion"]


def _ask(
    kernel: Kernel,
    context: ClientContext,
    version: str,
    source: str,
    username: str,
    request: Mapping[str, Any],
) -> Customisation | None:
    event = TriggerEvent(
        "PreTokenGeneration",
        source,
        username,
        request,
        pre_token_generation.empty_response(version),
        context.client.id,
        pre_token_generation.EVENT_VERSIONS[version],
    )
    response = triggers.fire(kernel, context.pool, event)
    return None if response is None else pre_token_generation.read(version, response)
