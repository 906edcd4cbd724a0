"""Lambda triggers: which function a pool has for a moment, calling it, and its refusals.

Cognito developer guide, "Customizing user pool workflows with Lambda triggers": a function gets
the event, has five seconds, and returns the event with its response filled in. An error that it
raises refuses the user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from idp.errors import InvalidLambdaResponse, UnexpectedLambda, UserLambdaValidation
from idp.models import User, UserPool
from idp.user_pools.rules import trigger_events
from idp.user_pools.rules.trigger_events import CustomMessage
from idp.user_pools.services.subjects import ClientContext
from kernel.functions.errors import (
    FunctionError,
    FunctionFailed,
    FunctionMalformed,
    FunctionNotFound,
    FunctionTimedOut,
    FunctionUnavailable,
)
from kernel.functions.registry import TRIGGER_TIMEOUT
from kernel.runtime import Kernel

NO_CLIENT = trigger_events.NO_CLIENT
SDK_VERSION = "aws-sdk-unknown-unknown"
"""What Cognito writes where it does not know the SDK."""

TRIES = 3
TRY_SECONDS = TRIGGER_TIMEOUT

log = structlog.get_logger("poolgate.triggers")


@dataclass(frozen=True)
class TriggerEvent:
    """What a function is told: the guide's common parameters, and the trigger's own."""

    trigger: str
    """The member of LambdaConfig."""
    source: str
    """`triggerSource`."""
    username: str
    request: Mapping[str, Any]
    response: Mapping[str, Any] = field(default_factory=dict)
    """What the function finds there to fill in."""
    client_id: str = NO_CLIENT
    version: str = "1"

    def document(self, pool: UserPool) -> dict[str, Any]:
        """The event as the function gets it."""
        return {
            "version": self.version,
            "triggerSource": self.source,
            "region": pool.region,
            "userPoolId": pool.id,
            "userName": self.username,
            "callerContext": {"awsSdkVersion": SDK_VERSION, "clientId": self.client_id},
            "request": dict(self.request),
            "response": dict(self.response),
        }


def fire(kernel: Kernel, pool: UserPool, event: TriggerEvent) -> dict[str, Any] | None:
    """The function's response, or None where the pool has no function for the trigger.

    Raises `UserLambdaValidation` where the function refuses, `UnexpectedLambda` where it cannot be
    run in time, `InvalidLambdaResponse` where it answers something else than its event.
    """
    function = pool.settings["LambdaConfig"].get(event.trigger)
    if function is None:
        return None
    if isinstance(function, dict):  # of a trigger whose events have versions
        function = function["LambdaArn"]
    return _response(call(kernel, pool, function, event))


def call(kernel: Kernel, pool: UserPool, function: str, event: TriggerEvent) -> Any:
    """What the function answers, whatever that is. Raises as `fire`.

    A function that does not answer in time is called again, three times in all, as Cognito does.
    What it answered is final, an error too.

    All tries carry the same id, by which a function can tell that it has done its work already.
    """
    trigger, document = event.trigger, event.document(pool)
    invocation = kernel.randomness.uuid()
    for attempt in range(1, TRIES + 1):
        try:
            return kernel.functions.invoke(
                function,
                document,
                timeout=TRY_SECONDS,
                client_context={"custom": {"invocation_id": invocation, "attempt": attempt}},
                request_id=invocation,
            )
        except (FunctionTimedOut, FunctionUnavailable) as error:
            reason = type(error).__name__
            log.warning("trigger_unanswered", trigger=trigger, attempt=attempt, reason=reason)
            unanswered: FunctionError = error
        except FunctionFailed as error:
            raise UserLambdaValidation(trigger, error.message or error.error_type) from None
        except FunctionMalformed:
            raise InvalidLambdaResponse from None
        except FunctionNotFound:
            raise UnexpectedLambda(trigger, "ResourceNotFoundException") from None
    if isinstance(unanswered, FunctionTimedOut):
        raise UnexpectedLambda(trigger, "Socket timeout while invoking Lambda function")
    raise UnexpectedLambda(trigger, "ServiceException")


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
        TriggerEvent(
            "PreSignUp",
            source,
            username,
            request,
            trigger_events.PRE_SIGN_UP_RESPONSE,
            client_id,
        ),
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
        TriggerEvent(
            "PreAuthentication",
            "PreAuthentication_Authentication",
            user.username if user else username,
            trigger_events.pre_authentication_request(
                user_attributes(user) if user else {}, metadata, user_not_found=user is None
            ),
            client_id=context.client.id,
        ),
    )


def post_authentication(
    kernel: Kernel,
    context: ClientContext,
    user: User,
    metadata: Mapping[str, str],
    *,
    new_device_used: bool = False,
) -> None:
    """After the tokens are made, before they are handed out."""
    fire(
        kernel,
        context.pool,
        TriggerEvent(
            "PostAuthentication",
            "PostAuthentication_Authentication",
            user.username,
            trigger_events.post_authentication_request(
                user_attributes(user), metadata, new_device_used=new_device_used
            ),
            client_id=context.client.id,
        ),
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
        TriggerEvent(
            "PostConfirmation",
            source,
            user.username,
            trigger_events.post_confirmation_request(user_attributes(user), metadata),
            client_id=client_id,
        ),
    )


def custom_message(
    kernel: Kernel,
    pool: UserPool,
    source: str,
    user: User,
    metadata: Mapping[str, str],
    client_id: str = NO_CLIENT,
    *,
    needs_link: bool = False,
) -> CustomMessage:
    """The texts that the function puts in place of the pool's own."""
    is_invitation = source == "CustomMessage_AdminCreateUser"
    response = fire(
        kernel,
        pool,
        TriggerEvent(
            "CustomMessage",
            source,
            user.username,
            trigger_events.custom_message_request(
                user_attributes(user), metadata, is_invitation=is_invitation
            ),
            trigger_events.CUSTOM_MESSAGE_RESPONSE,
            client_id,
        ),
    )
    if response is None:
        return CustomMessage()
    return trigger_events.read_custom_message(
        response, is_invitation=is_invitation, needs_link=needs_link
    )
