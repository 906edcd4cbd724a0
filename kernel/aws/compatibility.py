"""docs/compatibility.md: every operation of every service, and whether Poolgate has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kernel.aws.contract import Service, services
from kernel.aws.operations import OperationFamily

HEAD = """# Compatibility

Every operation of AWS's own service models (botocore's, see `setup.cfg` for the version), and what
Poolgate does with it. This page is generated from the registered handlers by `make docs`, and a
test keeps it true.

- **enforced**: served, with AWS's shapes, errors and defaults.
- **configured only**: validated and stored, but what would act on it is missing, as said.
- **not yet**: answers 501 `NotImplementedException`, which names the operation.
"""

NOT_YET = "not yet"
ENFORCED = "enforced"


def render(families: Sequence[OperationFamily]) -> str:
    """The page, as Markdown, for these families."""
    sections = [_section(each, _states(each, families)) for each in services()]
    return "\n".join([HEAD, _summary(families), *sections])


def _states(service: Service, families: Iterable[OperationFamily]) -> dict[str, str]:
    """What the page says of each operation of a service, by name, sorted."""
    states = dict.fromkeys(sorted(service.operation_names), NOT_YET)
    for family in families:
        if family.service == service.name:
            for name in family.handlers:
                missing = family.configured_only.get(name)
                states[name] = f"configured only: {missing}" if missing else ENFORCED
    return states


def _summary(families: Sequence[OperationFamily]) -> str:
    lines = [
        "| Service | Operations | Enforced | Configured only | Not yet |",
        "|---|--:|--:|--:|--:|",
    ]
    for each in services():
        states = list(_states(each, families).values())
        enforced, missing = states.count(ENFORCED), states.count(NOT_YET)
        partly = len(states) - enforced - missing
        lines.append(f"| {each.name} | {len(states)} | {enforced} | {partly} | {missing} |")
    return "\n".join(lines) + "\n"


def _section(service: Service, states: dict[str, str]) -> str:
    rows = [f"| {name} | {state} |" for name, state in states.items()]
    head = [f"## {service.name}", "", "| Operation | State |", "|---|---|"]
    return "\n".join([*head, *rows]) + "\n"
