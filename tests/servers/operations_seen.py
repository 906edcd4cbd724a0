"""Which cognito-idp operations the suite has called over a socket, and how they answered.

Every client of the tests is watched: each answer must satisfy the output shape of the service
model, and a run of the whole suite (`--every-operation`, as `make test` has it) fails unless each
operation with a handler has been answered once with success and once with an error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from kernel.aws.contract import service
from kernel.aws.validation import checker, describe

SERVICE = "cognito-idp"
OPTION = "--every-operation"
# CustomAttributeNameType has 20 characters at most, the standard phone_number_verified 21; the
# pattern of CompletionMessageType has room for one word, AWS's messages are sentences.
OF_THE_MODEL_ITSELF = ("schemaAttributes.18.member.name", "ompletionMessage")
UNAVAILABLE = frozenset({"CreateUserPoolReplica", "DeleteUserPoolReplica", "UpdateUserPoolReplica"})
"""There are no other regions here: they refuse, as AWS does where the feature is unavailable."""
OUTPUT = "poolgate_operations_seen"

_seen: dict[str, set[str]] = defaultdict(set)


def watch(session: boto3.session.Session) -> boto3.session.Session:
    """Watch every client that the session makes."""
    session.events.register(f"after-call.{SERVICE}", _note)
    return session


def _note(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    if http_response.status_code >= 300:
        _seen[model.name].add("error")
        return
    _seen[model.name].add("success")
    operation = service(SERVICE).operation(model.name)
    assert operation is not None
    answered = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    faults = [
        fault
        for fault in checker(operation.output)(answered)
        if not fault.path.endswith(OF_THE_MODEL_ITSELF)
    ]
    assert not faults, f"{model.name} answered {describe(faults)}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="fail unless every operation was called")


def pytest_sessionfinish(session: pytest.Session) -> None:
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None:
        worker[OUTPUT] = {name: sorted(ways) for name, ways in _seen.items()}
    elif session.config.getoption(OPTION) and list(_missing()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, ways in getattr(node, "workeroutput", {}).get(OUTPUT, {}).items():
        _seen[name].update(ways)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.getoption(OPTION):
        for line in _missing():
            terminalreporter.write_line(f"FAILED: {line}", red=True)


def _missing() -> Iterator[str]:
    from idp.user_pools import operations

    for name in sorted(name for family in operations.FAMILIES for name in family.handlers):
        for way in ("success", "error"):
            if way not in _seen[name] and not (way == "success" and name in UNAVAILABLE):
                yield f"no test has seen {name} answer with {'an ' * (way == 'error')}{way}"
