"""Credentials as both control planes take them: the ARN of a role, which nothing assumes."""

from __future__ import annotations

import re

CALLER = "arn:aws:iam::*:user/*"
"""Stands for the credentials of whoever calls."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/[A-Za-z0-9_+=,.@/-]{1,512}")


def account_of_role(arn: str) -> str | None:
    """The account of a role; None for what is no role's ARN."""
    found = _ROLE.fullmatch(arn)
    return found and found[1]
