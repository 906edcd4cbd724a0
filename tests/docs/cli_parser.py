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
from awscli.clidriver import create_clidriver


def main() -> None:
    driver = create_clidriver()

    def judge(event_name: str, call_parameters: dict[str, Any], **_others: Any) -> int:
        """Stands where the request would be sent: what this returns becomes the exit status."""
        _, service, operation = event_name.split(".")
        model = driver.session.get_service_model(service)
        # A command's event has the operation's own name.
        validate_parameters(call_parameters, model.operation_model(operation).input_shape)
        return 0

    driver.session.register("calling-command.*", judge)
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
