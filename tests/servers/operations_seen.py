"""Which operations the suite has called, and how they answered.

Every cognito-idp client of the tests is watched on its socket, and the gateway's control planes
are watched where tests call them: each answer must satisfy the output shape of the service model.
A run of the whole suite (`--every-operation`, as `make test` has it) fails unless each operation
with a handler has been answered once with success and once with an error.
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
UNAVAILABLE = frozenset(
    {
        "CreateUserPoolReplica",
        "DeleteUserPoolReplica",
        "UpdateUserPoolReplica",
        "CreateDomainNameAccessAssociation",
        "DeleteDomainNameAccessAssociation",
        "RejectDomainNameAccessAssociation",
    }
)
"""There are no other regions here, and no VPC endpoints: they refuse, as AWS does where the feature
is unavailable."""
NEVER_WRONG = frozenset(
    {"apigateway.GetAccount", "apigateway.GetSdkTypes", "apigatewayv2.DeletePortal"}
)
"""Their requests say nothing that could be, or have done what they ask already."""
OUTPUT = "poolgate_operations_seen"

_seen: dict[str, set[str]] = defaultdict(set)


def watch(session: boto3.session.Session) -> boto3.session.Session:
    """Watch every client that the session makes."""
    session.events.register(f"after-call.{SERVICE}", _note)
    return session


def note(service_name: str, name: str, way: str) -> None:
    """Remember that an operation answered: with `success`, or with an `error`."""
    _seen[f"{service_name}.{name}"].add(way)


def _note(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    if http_response.status_code >= 300:
        note(SERVICE, model.name, "error")
        return
    note(SERVICE, model.name, "success")
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
    from app import FAMILIES

    watched = (SERVICE, "apigateway", "apigatewayv2")
    for service_name, name in sorted(
        (family.service, name)
        for family in FAMILIES
        if family.service in watched
        for name in family.handlers
    ):
        seen, operation = _seen[f"{service_name}.{name}"], f"{service_name} {name}"
        if "success" not in seen and name not in UNAVAILABLE:
            yield f"no test has seen {operation} answer with success"
        if "error" not in seen and f"{service_name}.{name}" not in NEVER_WRONG:
            yield f"no test has seen {operation} answer with an error"
