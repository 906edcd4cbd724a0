"""docs/compatibility.md: every operation of every service, and whether Poolgate has it."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.aws.contract import Service, Shape, services
from kernel.aws.operations import OperationFamily

HEAD = """# Compatibility

Every operation of AWS's own service models (botocore's, see `setup.cfg` for the version), and what
Poolgate does with it. This page is generated from the registered handlers by `make docs`, and a
test keeps it true.

- **enforced**: served, with AWS's shapes, errors and defaults.
- **configured only**: the members named are validated, settings among them are stored and
  described, and nothing acts on them. The table below the operations says why.
- **not yet**: answers 501 `NotImplementedException`, which names the operation.

A member that is in neither table is acted on, or refused by an error that names it.
"""

ENFORCED = "enforced"
NOT_YET = "not yet"

States = dict[str, str]
"""What the page says of each operation of a service, by name, sorted."""
Gaps = dict[tuple[str, str], list[str]]
"""The operations that take a member and do not act on it, by member and reason."""


def render(families: Sequence[OperationFamily]) -> str:
    """The page, as Markdown, for these families."""
    found = [(each, _families_of(each, families)) for each in services()]
    sections = [_section(service, its) for service, its in found]
    return "\n".join([HEAD, _summary(found), *sections])


def member_is_taken(shape: Shape | None, member: str) -> bool:
    """Whether an input has a member such as `CustomDomainConfig.CertificateArn`."""
    for name in member.split("."):
        if shape is None or name not in shape.members:
            return False
        shape = shape.members[name].shape
        while shape is not None and shape.type == "list":
            shape = shape.element
    return True


def _families_of(
    service: Service, families: Sequence[OperationFamily]
) -> Sequence[OperationFamily]:
    return [family for family in families if family.service == service.name]


def _states(service: Service, families: Sequence[OperationFamily]) -> States:
    gaps = _gaps(service, families)
    states = dict.fromkeys(sorted(service.operation_names), NOT_YET)
    for family in families:
        for name in family.handlers:
            members = ", ".join(member for (member, _), names in gaps.items() if name in names)
            states[name] = f"{ENFORCED}; configured only: {members}" if members else ENFORCED
    return states


def _gaps(service: Service, families: Sequence[OperationFamily]) -> Gaps:
    gaps: Gaps = {}
    for family in families:
        for name in family.handlers:
            operation = service.operation(name)
            for gap in family.configured_only.items():
                if operation is not None and member_is_taken(operation.input, gap[0]):
                    gaps.setdefault(gap, []).append(name)
    return {gap: sorted(gaps[gap]) for gap in sorted(gaps)}


def _summary(found: Sequence[tuple[Service, Sequence[OperationFamily]]]) -> str:
    lines = [
        "| Service | Operations | Enforced | Not yet | Members configured only |",
        "|---|--:|--:|--:|--:|",
    ]
    for service, families in found:
        total, missing = len(service.operation_names), _count_missing(service, families)
        gaps = len({member for member, _ in _gaps(service, families)})
        lines.append(f"| {service.name} | {total} | {total - missing} | {missing} | {gaps} |")
    return "\n".join(lines) + "\n"


def _count_missing(service: Service, families: Sequence[OperationFamily]) -> int:
    return list(_states(service, families).values()).count(NOT_YET)


def _section(service: Service, families: Sequence[OperationFamily]) -> str:
    rows = [f"| {name} | {state} |" for name, state in _states(service, families).items()]
    head = [f"## {service.name}", "", "| Operation | State |", "|---|---|"]
    return "\n".join([*head, *rows, *_configured_only(service, families)]) + "\n"


def _configured_only(service: Service, families: Sequence[OperationFamily]) -> list[str]:
    rows = [
        f"| {member} | {', '.join(names)} | {why} |"
        for (member, why), names in _gaps(service, families).items()
    ]
    title = f"### Configured only in {service.name}"
    head = ["", title, "", "| Member | Operations | Why nothing acts on it |", "|---|---|---|"]
    return [*head, *rows] if rows else []
