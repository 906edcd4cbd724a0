"""The ARN of a request to an API, which policies allow or deny.

"arn:aws:execute-api:region:account-id:api-id/stage-name/HTTP-VERB/resource-path-specifier"
(API Gateway developer guide, "Control access for invoking an API").
"""

from __future__ import annotations

from gateway.context import Located


def api_arn(context: Located) -> str:
    """What every ARN of the API begins with."""
    api = context.api
    return f"arn:aws:execute-api:{api.region}:{api.account}:{api.api_id}"


def execute_arn(context: Located) -> str:
    """The ARN of this request: its method and its path within the stage."""
    path = context.address.path.removeprefix("/")
    return f"{api_arn(context)}/{context.stage.name}/{context.request.method}/{path}"
