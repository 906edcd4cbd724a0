"""pycognito at a pool."""

from __future__ import annotations

from botocore.config import Config
from pycognito import Cognito

from tests.servers.application import (
    PASSWORD,
    Application,
    new_address,
)
from tests.servers.poolgate_server import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY


def pycognito_for(application: Application, username: str) -> Cognito:
    return Cognito(
        application.pool_id,
        application.client_id,
        user_pool_region=REGION,
        username=username,
        client_secret=application.client_secret or None,
        access_key=ACCESS_KEY_ID,
        secret_key=SECRET_ACCESS_KEY,
        botocore_config=Config(retries={"total_max_attempts": 1}),
        boto3_client_kwargs={"endpoint_url": application.server.url},
    )


def sign_up(application: Application) -> Cognito:
    client = pycognito_for(application, new_address())
    client.set_base_attributes(email=client.username)
    client.register(client.username, PASSWORD)
    code = application.server.outbox.latest(client.username)["code"]
    client.confirm_sign_up(code)
    return client
