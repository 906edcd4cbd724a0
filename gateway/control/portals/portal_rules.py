"""What a portal may say of itself. Pure rules."""

from __future__ import annotations

import re
from typing import Any

from gateway.control.errors import Invalid

_COLOR = re.compile(r"#[0-9A-Fa-f]{3,8}")
_HOST_NAME = re.compile(r"(?=.{3,253}\Z)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,30}")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]{1,64}")
_USER_POOL = re.compile(
    r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[A-Za-z0-9-]+_[A-Za-z0-9]+"
)
_LOGO = re.compile(r"(?:s3://|https://)[!-~]{1,1080}")
_MONITOR = re.compile(r"[A-Za-z0-9._/#-]{1,255}")
COLORS = (
    "AccentColor",
    "BackgroundColor",
    "ErrorValidationColor",
    "HeaderColor",
    "NavigationColor",
    "TextColor",
)


def require_authorization(given: dict[str, Any]) -> None:
    """Either people of a user pool, or nobody is asked. Raises `Invalid`."""
    require_one_of("Authorization", given, ("CognitoConfig", "None"))
    config = given.get("CognitoConfig")
    if config is None:
        return
    if not _USER_POOL.fullmatch(config["UserPoolArn"]):
        raise Invalid("Authorization.CognitoConfig.UserPoolArn must be the ARN of a user pool")
    for member in ("AppClientId", "UserPoolDomain"):
        if not config[member].isascii() or not config[member].isprintable():
            raise Invalid(f"Invalid Authorization.CognitoConfig.{member}")


def require_endpoint(given: dict[str, Any]) -> None:
    """Either a domain of one's own, or the default one. Raises `Invalid`."""
    require_one_of("EndpointConfiguration", given, ("AcmManaged", "None"))
    managed = given.get("AcmManaged")
    if managed is None:
        return
    if not _HOST_NAME.fullmatch(managed["DomainName"].lower()):
        raise Invalid("EndpointConfiguration.AcmManaged.DomainName must be a host name")
    if not _CERTIFICATE.fullmatch(managed["CertificateArn"]):
        raise Invalid("EndpointConfiguration.AcmManaged.CertificateArn must be a certificate's ARN")


def stored_content(content: dict[str, Any]) -> dict[str, Any]:
    """The content to store. When a logo was uploaded is for the server to say. Raises `Invalid`."""
    colors = content["Theme"]["CustomColors"]
    for member in COLORS:
        if not _COLOR.fullmatch(colors[member]):
            raise Invalid(f"PortalContent.Theme.CustomColors.{member} must be a color such as #fff")
    theme = {name: each for name, each in content["Theme"].items() if name != "LogoLastUploaded"}
    return {**content, "Theme": theme}


def require_texts(request: dict[str, Any]) -> None:
    """Where the logo is, and the name of a monitor. Raises `Invalid`."""
    logo, monitor = request.get("LogoUri"), request.get("RumAppMonitorName")
    if logo and not _LOGO.fullmatch(logo):
        raise Invalid("LogoUri must be an s3 or https URI")
    if monitor and not _MONITOR.fullmatch(monitor):
        raise Invalid("Invalid RumAppMonitorName")


def require_one_of(member: str, given: dict[str, Any], choices: tuple[str, ...]) -> None:
    """A union holds exactly one of its members. Raises `Invalid`."""
    if sum(given.get(choice) is not None for choice in choices) != 1:
        raise Invalid(f"{member} must have exactly one of {', '.join(choices)}")
