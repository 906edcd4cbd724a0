"""ARNs of certificates: those of AWS Certificate Manager, whose last part is a pair's name."""

from __future__ import annotations

import re

_ARN = re.compile(
    r"arn:aws[a-z-]{0,20}:acm:[a-z0-9-]{1,32}:(\d{12}):certificate/([A-Za-z0-9_][A-Za-z0-9_.-]{0,250})"
)


def certificate_name(arn: str) -> str:
    """The name of the pair that an ARN means; empty where it is none of a certificate."""
    found = _ARN.fullmatch(arn)
    return found[2] if found else ""


def account_of(arn: str) -> str:
    """The account that an ARN names; empty where it is none of a certificate."""
    found = _ARN.fullmatch(arn)
    return found[1] if found else ""
