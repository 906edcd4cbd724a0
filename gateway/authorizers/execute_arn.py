"""The ARN of a request to an API, which policies allow or deny.

"arn:aws:execute-api:region:account-id:api-id/stage-name/HTTP-VERB/resource-path-specifier"
(API Gateway developer guide, "Control access for invoking an API").
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.context import Located
from gateway.paths import lenient_readings
from kernel.iam.policy import Decision


def api_arn(context: Located) -> str:
    """What every ARN of the API begins with."""
    api = context.api
    return f"arn:aws:execute-api:{api.region}:{api.account}:{api.api_id}"


def execute_arn(context: Located) -> str:
    """The ARN of this request: its method and its path within the stage."""
    return _arn(context, context.address.path.removeprefix("/"))


def other_arns(context: Located) -> list[str]:
    """The ARNs of what a backend might take this request for: see `gateway.paths`."""
    return [_arn(context, "/".join(each)) for each in lenient_readings(context.address.path)]


def strictest(context: Located, decide: Callable[[str], Decision]) -> Decision:
    """What policies decide of this request, given their word on an ARN.

    Whoever denies `GET/admin` means `/admin/` and `/admin;x` too where the backend reads them as
    that, so a denial of any reading counts. So does an allowance that another reading lacks
    (`GET/*.css` must not open `/admin;.css`), but for the slash at the end: `GET/pets/*` is meant
    to allow `/pets/`.
    """
    decision = decide(execute_arn(context))
    if decision is not Decision.ALLOWED:
        return decision
    without_slash = _arn(context, context.address.path.strip("/"))
    decisions = {arn: decide(arn) for arn in other_arns(context)}
    if Decision.DENIED in decisions.values():
        return Decision.DENIED
    decisions.pop(without_slash, None)
    is_allowed = all(each is Decision.ALLOWED for each in decisions.values())
    return Decision.ALLOWED if is_allowed else Decision.NOT_ALLOWED


def _arn(context: Located, path: str) -> str:
    return f"{api_arn(context)}/{context.stage.name}/{context.request.method}/{path}"
