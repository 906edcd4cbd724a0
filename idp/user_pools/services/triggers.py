"""Lambda triggers: which function a pool has for a moment, calling it, and its refusals.

Cognito developer guide, "Customizing user pool workflows with Lambda triggers": a function gets
the event, has five seconds, and returns the event with its response filled in. An error that it
raises refuses the user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from idp.errors import InvalidLambdaResponse, UnexpectedLambda, UserLambdaValidation
from idp.models import User, UserPool
from idp.user_pools.rules import pre_token_generation, trigger_events
from idp.user_pools.rules.claims import Customisation, Subject
from idp.user_pools.rules.trigger_events import CustomMessage
from idp.user_pools.services.subjects import ClientContext
from kernel.functions.errors import FunctionError, FunctionFailed, FunctionMalformed
from kernel.runtime import Kernel

# callerContext.clientId of operations that name no client.
NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"
SDK_VERSION = "poolgate"


def fire(
    kernel: Kernel,
    pool: UserPool,
    trigger: str,
    source: str,
    username: str,
    request: Mapping[str, Any],
    response: Mapping[str, Any] | None = None,
    *,
    client_id: str = NO_CLIENT,
    version: str = "1",
) -> dict[str, Any] | None:
    """The function's response, or None where the pool has no function for `trigger`.

    Raises `UserLambdaValidation` where the function refuses, `UnexpectedLambda` where it cannot be
    run in time, `InvalidLambdaResponse` where it answers something else than its event.
    """
    function = pool.settings["LambdaConfig"].get(trigger)
    if function is None:
        return None
    event = {
        "version": version,
        "triggerSource": source,
        "region": pool.region,
        "userPoolId": pool.id,
        "userName": username,
        "callerContext": {"awsSdkVersion": SDK_VERSION, "clientId": client_id},
        "request": dict(request),
        "response": dict(response or {}),
    }
    return _response(_invoke(kernel, function, trigger, event))


def _invoke(kernel: Kernel, function: str, trigger: str, event: dict[str, Any]) -> Any:
    try:
        return kernel.functions.invoke(function, event)
    except FunctionFailed as error:
        raise UserLambdaValidation(trigger, error.message or error.error_type) from None
    except FunctionMalformed:
        raise InvalidLambdaResponse from None
    except FunctionError:
        raise UnexpectedLambda(trigger) from None


def _response(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise InvalidLambdaResponse
    response: dict[str, Any] = answer["response"]
    return response


def user_attributes(user: User) -> dict[str, str]:
    """`request.userAttributes` of a user who exists."""
    return {
        "sub": user.id,
        "cognito:user_status": user.status,
        **user.attributes,
    }


def pre_sign_up(
    kernel: Kernel,
    pool: UserPool,
    source: str,
    username: str,
    request: Mapping[str, Any],
    client_id: str = NO_CLIENT,
) -> dict[str, Any] | None:
    """Before a user is stored. What the response means depends on who makes the user."""
    return fire(
        kernel,
        pool,
        "PreSignUp",
        source,
        username,
        request,
        trigger_events.PRE_SIGN_UP_RESPONSE,
        client_id=client_id,
    )


def pre_authentication(
    kernel: Kernel,
    context: ClientContext,
    user: User | None,
    username: str,
    metadata: Mapping[str, str],
) -> None:
    """Before a password is looked at. The function hears of missing users only where the client
    hides them from its callers (PreventUserExistenceErrors)."""
    if user is None and not context.hides_missing_users:
        return
    fire(
        kernel,
        context.pool,
        "PreAuthentication",
        "PreAuthentication_Authentication",
        user.username if user else username,
        trigger_events.pre_authentication_request(
            user_attributes(user) if user else {}, metadata, user_not_found=user is None
        ),
        client_id=context.client.id,
    )


def post_authentication(
    kernel: Kernel, context: ClientContext, user: User, metadata: Mapping[str, str]
) -> None:
    """After the tokens are made, before they are handed out."""
    fire(
        kernel,
        context.pool,
        "PostAuthentication",
        "PostAuthentication_Authentication",
        user.username,
        trigger_events.post_authentication_request(user_attributes(user), metadata),
        client_id=context.client.id,
    )


def post_confirmation(
    kernel: Kernel,
    pool: UserPool,
    source: str,
    user: User,
    metadata: Mapping[str, str],
    client_id: str = NO_CLIENT,
) -> None:
    """After a user is confirmed, or has a new password through a code."""
    fire(
        kernel,
        pool,
        "PostConfirmation",
        source,
        user.username,
        trigger_events.post_confirmation_request(user_attributes(user), metadata),
        client_id=client_id,
    )


def custom_message(
    kernel: Kernel,
    pool: UserPool,
    source: str,
    user: User,
    metadata: Mapping[str, str],
    client_id: str = NO_CLIENT,
) -> CustomMessage:
    """The texts that the function puts in place of the pool's own."""
    is_invitation = source == "CustomMessage_AdminCreateUser"
    response = fire(
        kernel,
        pool,
        "CustomMessage",
        source,
        user.username,
        trigger_events.custom_message_request(
            user_attributes(user), metadata, is_invitation=is_invitation
        ),
        trigger_events.CUSTOM_MESSAGE_RESPONSE,
        client_id=client_id,
    )
    if response is None:
        return CustomMessage()
    return trigger_events.read_custom_message(response, is_invitation=is_invitation)


def customise_tokens(
    kernel: Kernel,
    context: ClientContext,
    source: str,
    user: User,
    subject: Subject,
    scopes: Sequence[str],
    metadata: Mapping[str, str],
) -> Customisation | None:
    """What the pre token generation function changes; None where there is no function."""
    config = context.pool.settings["LambdaConfig"].get("PreTokenGenerationConfig")
    if config is None:
        return None
    version = config["LambdaVersion"]
    response = fire(
        kernel,
        context.pool,
        "PreTokenGeneration",
        source,
        user.username,
        pre_token_generation.request(
            version, user_attributes(user), subject, scopes, dict(metadata)
        ),
        pre_token_generation.empty_response(version),
        client_id=context.client.id,
        version=pre_token_generation.EVENT_VERSIONS[version],
    )
    return None if response is None else pre_token_generation.read(version, response)


def customise_client_token(
    kernel: Kernel, context: ClientContext, scopes: Sequence[str], metadata: Mapping[str, str]
) -> Customisation | None:
    """The same for a client's own token, which only version three of the event knows (Cognito
    developer guide, "Pre token generation Lambda trigger")."""
    config = context.pool.settings["LambdaConfig"].get("PreTokenGenerationConfig")
    if config is None or config["LambdaVersion"] != "V3_0":
        return None
    response = fire(
        kernel,
        context.pool,
        "PreTokenGeneration",
        "TokenGeneration_ClientCredentials",
        "ClientCredentials",
        pre_token_generation.machine_request(scopes, metadata),
        pre_token_generation.empty_response("V3_0"),
        client_id=context.client.id,
        version=pre_token_generation.EVENT_VERSIONS["V3_0"],
    )
    return None if response is None else pre_token_generation.read("V3_0", response)
