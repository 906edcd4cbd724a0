"""GetSdk, GetSdkTypes, GetSdkType: a client of a stage, generated from what the stage serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gateway.control.endpoints import api_endpoint
from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.repository import find_rest_api
from gateway.control.rest.exports import served_api
from gateway.control.rest.staging import find_stage
from gateway.openapi.rest.values import RestApi
from gateway.sdks.description import Stage
from gateway.sdks.operations import operations_of
from gateway.sdks.types import SDK_TYPES, InvalidParameter, SdkType, parameters_for
from kernel import threads
from kernel.aws.operations import Call, Input, OperationFamily, Output
from kernel.settings import Settings

family = OperationFamily("apigateway", errors={**ERRORS, InvalidParameter: "BadRequestException"})

TYPES = ", ".join(sorted(SDK_TYPES))


@family.operation("GetSdk")
def get_sdk(call: Call, request: Input) -> Output:
    sdk_type = SDK_TYPES.get(request["sdkType"])
    if sdk_type is None:
        raise Invalid(
            f"SDKs of the type {request['sdkType'][:64]} are not generated. The types are: {TYPES}"
        )
    parameters = parameters_for(sdk_type, request.get("parameters") or {})
    stage, api, time = call.kernel.database.read(_served, call, request)
    return {
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="{sdk_type.id}_{time}.zip"',
        "body": threads.compute(_generated, sdk_type, stage, api, parameters),
    }


@family.operation("GetSdkTypes")
def get_sdk_types(_call: Call, request: Input) -> Output:
    """All on one page, whatever its limit: there are few."""
    if request.get("position"):
        raise Invalid("Invalid position parameter")
    return {"items": [_present(each) for each in SDK_TYPES.values()]}


@family.operation("GetSdkType")
def get_sdk_type(_call: Call, request: Input) -> Output:
    sdk_type = SDK_TYPES.get(request["id"])
    if sdk_type is None:
        raise Missing(f"Invalid SDK type identifier specified. The types are: {TYPES}")
    return _present(sdk_type)


def _served(session: Session, call: Call, request: Input) -> tuple[Stage, RestApi, str]:
    """What a stage serves and where, and when that was changed last."""
    api = find_rest_api(session, call, request["restApiId"])
    stage = find_stage(session, api, request["stageName"])
    url = f"{callable_endpoint(call.kernel.settings, api.id)}/{stage.id}"
    served = served_api(session, api, stage)
    return Stage(url, api.region), served, f"{stage.updated:%Y-%m-%dT%H-%M-%SZ}"


def callable_endpoint(settings: Settings, api_id: str) -> str:
    """Where an SDK reaches an API: Node.js and Python resolve no names below localhost, so that a
    server on this machine is reached by its path form."""
    if settings.is_public_url_loopback and settings.serves_path_addresses:
        return f"{settings.origin}/execute-api/{api_id}"
    return api_endpoint(settings, api_id)


def _generated(
    sdk_type: SdkType, stage: Stage, api: RestApi, parameters: Mapping[str, str]
) -> bytes:
    return sdk_type.generate(stage, operations_of(api), parameters)


def _present(sdk_type: SdkType) -> Output:
    properties: list[dict[str, Any]] = [
        {
            "name": each.name,
            "friendlyName": each.friendly_name,
            "description": each.description,
            "required": False,
            "defaultValue": each.default,
        }
        for each in sdk_type.properties
    ]
    return {
        "id": sdk_type.id,
        "friendlyName": sdk_type.friendly_name,
        "description": sdk_type.description,
        "configurationProperties": properties,
    }
