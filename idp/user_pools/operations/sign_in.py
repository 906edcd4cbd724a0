"""InitiateAuth, RespondToAuthChallenge, their Admin twins, and GetTokensFromRefreshToken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from idp.errors import ClientSecretMismatch, InvalidParameter, UnsupportedOperation
from idp.user_pools.operations import circumstances
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import secret_hash
from idp.user_pools.services import pools, refresh, subjects
from idp.user_pools.services.refresh import RefreshRequest
from idp.user_pools.services.sign_in import machine
from idp.user_pools.services.sign_in.attempt import Asked, Outcome, parameter
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.token_sets import TokenSet
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()

REFRESH_FLOWS = frozenset({"REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"})


@family.operation("InitiateAuth")
def initiate_auth(call: Call, request: Input) -> Output:
    return _initiate(call, request, None)


@family.operation("AdminInitiateAuth")
def admin_initiate_auth(call: Call, request: Input) -> Output:
    call.kernel.database.look_up(pools.look, call, request["UserPoolId"])
    return _initiate(call, request, request["UserPoolId"])


@family.operation("RespondToAuthChallenge")
def respond_to_auth_challenge(call: Call, request: Input) -> Output:
    return _respond(call, request, None)


@family.operation("AdminRespondToAuthChallenge")
def admin_respond_to_auth_challenge(call: Call, request: Input) -> Output:
    call.kernel.database.look_up(pools.look, call, request["UserPoolId"])
    return _respond(call, request, request["UserPoolId"])


@family.operation("GetTokensFromRefreshToken")
def get_tokens_from_refresh_token(call: Call, request: Input) -> Output:
    """The client proves itself with its secret, not with a SECRET_HASH."""
    context = call.kernel.database.look_up(subjects.load_client, call.kernel, request["ClientId"])
    if not context.is_proven_by(request.get("ClientSecret")):
        raise ClientSecretMismatch(context.client.id)
    asked = _asked(call, request, None)
    wanted = RefreshRequest(
        request["RefreshToken"],
        asked.metadata,
        here=asked.circumstances,
        device_key=request.get("DeviceKey"),
    )
    _, tokens = refresh.renew(call.kernel, context, wanted)
    return {
        "AuthenticationResult": tokens.authentication_result(
            with_refresh_token=refresh.rotates(context)
        )
    }


def _initiate(call: Call, request: Input, pool_id: str | None) -> Output:
    parameters = request.get("AuthParameters", {})
    asked = _asked(call, request, pool_id)
    if request["AuthFlow"] in REFRESH_FLOWS:
        return _refresh(call, request["ClientId"], parameters, asked)
    asked = replace(asked, session=request.get("Session"))
    outcome = machine.start(
        call.kernel, request["AuthFlow"], request["ClientId"], parameters, asked
    )
    return _output(outcome)


def _respond(call: Call, request: Input, pool_id: str | None) -> Output:
    outcome = machine.respond(
        call.kernel,
        request["ChallengeName"],
        request["ClientId"],
        request.get("Session"),
        request.get("ChallengeResponses", {}),
        _asked(call, request, pool_id),
    )
    return _output(outcome)


def _asked(call: Call, request: Input, pool_id: str | None) -> Asked:
    by_person = pool_id is None
    here = circumstances.of_person(call, request) if by_person else circumstances.of_server(request)
    return Asked(request.get("ClientMetadata", {}), here, pool_id=pool_id)


def _output(outcome: Outcome) -> Output:
    if isinstance(outcome, TokenSet):
        return {
            "ChallengeParameters": {},
            "AuthenticationResult": outcome.authentication_result(),
        }
    return outcome.to_output()


def _refresh(
    call: Call,
    client_id: str,
    parameters: Mapping[str, str],
    asked: Asked,
) -> Output:
    token = parameter(parameters, "REFRESH_TOKEN")
    context = call.kernel.database.look_up(subjects.load_client, call.kernel, client_id)
    machine.check_pool(context, asked.pool_id)
    if refresh.rotates(context):
        raise UnsupportedOperation(
            "Refresh token rotation is enabled: use GetTokensFromRefreshToken."
        )
    if "ALLOW_REFRESH_TOKEN_AUTH" not in _flows(context):
        raise InvalidParameter("REFRESH_TOKEN_AUTH is not enabled for the client.")
    if context.metadata.has_own_keys:
        raise ClientSecretMismatch(client_id)
    device_key = parameters.get("DEVICE_KEY")
    # InitiateAuth passes no ClientMetadata to the functions that make tokens.
    wanted = RefreshRequest(token, here=asked.circumstances, device_key=device_key)
    redeemed = refresh.look(call.kernel, context, wanted)
    # The hash is over the username; clients that never learnt it use the sub.
    secret_hash.check_secret_hash(
        parameters.get("SECRET_HASH"),
        context.secrets,
        {redeemed.user.username, redeemed.user.id},
        client_id,
    )
    _, tokens = refresh.renew(call.kernel, context, wanted)
    return {
        "ChallengeParameters": {},
        "AuthenticationResult": tokens.authentication_result(with_refresh_token=False),
    }


def _flows(context: ClientContext) -> frozenset[str]:
    """The legacy settings always allowed refreshing."""
    flows = frozenset(context.client.settings["ExplicitAuthFlows"])
    legacy = not any(flow.startswith("ALLOW_") for flow in flows)
    return flows | {"ALLOW_REFRESH_TOKEN_AUTH"} if legacy else flows
