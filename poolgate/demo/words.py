"""What `serve --demo` prints: an address for the browser and three lines for the shell."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from kernel.settings import Settings
from poolgate.demo.resources import EMAIL, PAGE, PASSWORD, DemoResources


def lines_to_try(settings: Settings, resources: DemoResources) -> list[str]:
    """The lines, ready to copy. The shell's are single lines that work in any folder."""
    return [
        "",
        f"  Sign in        {settings.origin}{PAGE}",
        f"                 as {EMAIL} with the password {PASSWORD}, or sign up; codes of",
        f"                 new users are in {settings.instance / 'outbox.jsonl'}",
        "",
        "  AWS CLI        " + aws_cli(settings, resources),
        "",
        "  curl           " + curl(settings, resources),
        "",
        "  boto3          " + boto3(settings, resources),
        "",
    ]


def aws_cli(settings: Settings, resources: DemoResources) -> str:
    """List the pool's users, signed with the instance's first access key."""
    credentials = shlex.quote(str(settings.instance / "credentials"))
    return (
        # `--profile` outranks keys and profiles that the shell has for another account.
        f"AWS_SHARED_CREDENTIALS_FILE={credentials} {_tool('aws')} --profile default "
        f"--endpoint-url {settings.origin} --region {settings.region} "
        f"cognito-idp list-users --user-pool-id {resources.pool_id}"
    )


def curl(settings: Settings, resources: DemoResources) -> str:
    """Sign in, and call the protected API with the access token."""
    body = (
        f'{{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"{resources.client_id}",'
        f'"AuthParameters":{{"USERNAME":"{EMAIL}","PASSWORD":"{PASSWORD}"}}}}'
    )
    sign_in = (
        f"curl -s {settings.origin}/ -H 'Content-Type: application/x-amz-json-1.1' "
        "-H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' "
        f"-d '{body}' | sed 's/.*\"AccessToken\":\"\\([^\"]*\\).*/\\1/'"
    )
    return (
        f"curl -s {settings.origin}/execute-api/{resources.api_id}/orders "
        f'-H "Authorization: Bearer $({sign_in})"'
    )


def boto3(settings: Settings, resources: DemoResources) -> str:
    """Sign in with the SDK, without credentials, and print who it was."""
    program = (
        "import boto3; from botocore import UNSIGNED; from botocore.config import Config; "
        f"idp = boto3.client('cognito-idp', endpoint_url='{settings.origin}', "
        f"region_name='{settings.region}', config=Config(signature_version=UNSIGNED)); "
        "tokens = idp.initiate_auth(AuthFlow='USER_PASSWORD_AUTH', "
        f"ClientId='{resources.client_id}', "
        f"AuthParameters={{'USERNAME': '{EMAIL}', 'PASSWORD': '{PASSWORD}'}}); "
        "print(idp.get_user(AccessToken=tokens['AuthenticationResult']['AccessToken'])"
        "['UserAttributes'])"
    )
    # boto3 stops at a profile of the shell's that the demo's credentials do not have.
    return f'env -u AWS_PROFILE {_tool("python")} -c "{program}"'


def _tool(name: str) -> str:
    """The tool of our own environment, where the demo's client tools are installed."""
    own = Path(sys.prefix) / "bin" / name
    return shlex.quote(str(own)) if own.exists() else name
