"""How a function is addressed (Lambda developer guide, "Invoke", FunctionName)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel.functions.errors import FunctionNotFound

# A name is a file's name too, so it holds nothing that a path could be made of.
NAME = r"(?P<module>[A-Za-z0-9_-]{1,64})(?:\.(?P<handler>[A-Za-z][A-Za-z0-9_]{0,63}))?"
QUALIFIER = r"(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?"
ARN = (
    r"(?:(?:arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):)?"
    r"(?P<account>\d{12}):function:)?"
)
FUNCTION = re.compile(ARN + NAME + QUALIFIER, re.ASCII)


@dataclass(frozen=True)
class FunctionName:
    """A parsed name. `handler` is the function inside the module NAME."""

    module: str
    handler: str
    qualifier: str
    text: str
    """The function's name as it was given, without account and qualifier."""
    region: str | None = None
    account: str | None = None
    partition: str = "aws"

    def arn(self, region: str, account: str) -> str:
        """The full ARN; `region` and `account` are used where the name gave none."""
        place = f"{self.region or region}:{self.account or account}"
        suffix = "" if self.qualifier == "$LATEST" else f":{self.qualifier}"
        return f"arn:{self.partition}:lambda:{place}:function:{self.text}{suffix}"


def parse_function_name(name_or_arn: str) -> FunctionName:
    """Read NAME, NAME.handler, a partial or a full ARN, each with or without a qualifier.

    Raises `FunctionNotFound` for anything else.
    """
    match = FUNCTION.fullmatch(name_or_arn)
    if match is None:
        raise FunctionNotFound("the function's name is malformed")
    module, handler = match["module"], match["handler"]
    return FunctionName(
        module=module,
        handler=handler or "handler",
        qualifier=match["qualifier"] or "$LATEST",
        text=f"{module}.{handler}" if handler else module,
        region=match["region"],
        account=match["account"],
        partition=match["partition"] or "aws",
    )
