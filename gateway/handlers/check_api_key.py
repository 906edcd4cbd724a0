"""Ask for an API key where the method requires one ("Usage plans and API keys for REST APIs",
developer guide)."""

from __future__ import annotations

from gateway import quotas
from gateway.context import Identified, Reply, Steps, grown
from gateway.effects import FingerprintKey
from gateway.replies import INVALID_API_KEY
from gateway.snapshot import ApiKey, PlanOfKey

HEADER = "x-api-key"


def check_api_key(context: Identified) -> Identified | Reply | Steps:
    """Who calls by which key and plan, or 403: without a key, with one that nobody knows, that is
    disabled, or that no usage plan lets into this stage."""
    if not context.route.api_key_required:
        return context
    value = _value(context)
    if not quotas.API_KEY_CHARACTERS_LEAST <= len(value) <= quotas.API_KEY_CHARACTERS_MOST:
        return INVALID_API_KEY
    return _by_value(context, value)


def _value(context: Identified) -> str:
    """The key in the header; or, where the API says so, the one that its authorizer named."""
    rest = context.stage.rest
    if rest is not None and rest.api_key_source == "AUTHORIZER":
        return context.caller.usage_key
    return context.request.headers.get(HEADER, "")


def _by_value(context: Identified, value: str) -> Steps:
    fingerprint = yield FingerprintKey(value)
    key = context.snapshot.keys.get(fingerprint)
    if key is None or not key.enabled or key.account != context.api.account:
        return INVALID_API_KEY
    plan = _plan(key, context)
    if plan is None:
        return INVALID_API_KEY
    return grown(Identified, context, key=key, plan=plan)


def _plan(key: ApiKey, context: Identified) -> PlanOfKey | None:
    here = (context.api.api_id, context.stage.name)
    return next((plan for plan in key.plans if here in plan.stages), None)
