"""What both control planes ask of the variables of a stage. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway import quotas
from gateway.control.errors import Invalid

_NAME = re.compile(rf"[A-Za-z0-9_]{{1,{quotas.VARIABLE_NAME_CHARACTERS}}}")
_VALUE = re.compile(rf"[A-Za-z0-9._~:/?#&=,-]{{1,{quotas.VARIABLE_VALUE_CHARACTERS}}}")
"""CreateStageRequest$variables."""


def require_variables(variables: Mapping[str, str]) -> None:
    """Refuse too many, and names and values that no request could use. Raises `Invalid`."""
    if len(variables) > quotas.VARIABLES_PER_STAGE:
        raise Invalid(f"A stage has at most {quotas.VARIABLES_PER_STAGE} variables")
    for name, value in variables.items():
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"Invalid stage variable name: {name[:128]}. It has letters, digits and _ alone, "
                f"at most {quotas.VARIABLE_NAME_CHARACTERS}"
            )
        if not _VALUE.fullmatch(value):
            raise Invalid(
                f"Invalid stage variable value for {name}: "
                "it must match [A-Za-z0-9-._~:/?#&=,]+ and have at most "
                f"{quotas.VARIABLE_VALUE_CHARACTERS} characters"
            )
