"""What a User-Agent header tells of a device, in words for people: "Firefox on Linux".

It is said by the client and proves nothing; sessions are recognised by it, and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence

UNKNOWN = "unknown"

# The first fit wins: browsers and systems name those whom they descend from as well.
_SYSTEMS = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Darwin", "macOS or iOS"),
    ("Linux", "Linux"),
)
_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("Boto3/", "AWS SDK for Python"),
    ("Botocore/", "AWS SDK for Python"),
    ("aws-cli/", "AWS CLI"),
    ("aws-amplify/", "AWS Amplify"),
    ("amazon-cognito-identity-js/", "Amazon Cognito Identity SDK"),
    ("aws-sdk-", "AWS SDK"),
    ("okhttp/", "app"),
    ("CFNetwork/", "app"),
)


def describe(user_agent: str) -> str:
    """Operating system and browser or app, as far as they are told; else `unknown`."""
    system, program = _first(_SYSTEMS, user_agent), _first(_PROGRAMS, user_agent)
    if program and system:
        return f"{program} on {system}"
    return program or system or UNKNOWN


def _first(names: Sequence[tuple[str, str]], user_agent: str) -> str:
    return next((name for mark, name in names if mark.lower() in user_agent.lower()), "")
