"""Parses commands by the AWS CLI's own parser, without a network: run by test_commands.py.

A process of its own, because the CLI puts its own botocore in the place of ours. Reads a JSON list
of argument lists, and writes a list of what is wrong with each: null where it is good.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from awscli.botocore.validate import validate_parameters
from awscli.clidriver import CLIOperationCaller, create_clidriver


def main() -> None:
    driver = create_clidriver()

    def judge(
        _self: Any, service: str, operation: str, given: dict[str, Any], _globals: Any
    ) -> int:
        """In place of the request."""
        model = driver.session.get_service_model(service).operation_model(operation)
        validate_parameters(given, model.input_shape)
        return 0

    CLIOperationCaller.invoke = judge
    print(json.dumps([_complaint(driver, words) for words in json.load(sys.stdin)]))


def _complaint(driver: Any, words: list[str]) -> str | None:
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(io.StringIO()):
        try:
            status = driver.main(words)
        except SystemExit as ended:
            status = ended.code
    return printed.getvalue().strip()[-400:] or f"status {status}" if status else None


if __name__ == "__main__":
    main()
