"""Second factors as an AWS SDK sees them."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from tests.servers.application import (
    Application,
    create_application,
)
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

SMS = {"SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::1:role/sms"}}}
TOTP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}


def with_mfa(server: Poolgate, mode: str, **client: object) -> Application:
    made = create_application(server, **client)
    server.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=made.pool_id, MfaConfiguration=mode, **TOTP, **SMS
    )
    return made


def script(node: RunScript, name: str, application: Application) -> RunScript:
    return partial(
        node,
        name,
        endpoint=application.server.url,
        poolId=application.pool_id,
        clientId=application.client_id,
    )


def new_phone() -> str:
    return f"+1555{uuid4().int % 10**7:07d}"


def verified_phone(application: Application, email: str, number: str) -> None:
    application.server.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=application.pool_id,
        Username=email,
        UserAttributes=[
            {"Name": "phone_number", "Value": number},
            {"Name": "phone_number_verified", "Value": "true"},
        ],
    )
