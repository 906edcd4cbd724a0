"""The table that `make bench` prints."""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan

from bench.measurement import Row

HEADINGS = ("measurement", "Poolgate", "unit", "against", "its own", "ratio", "must", "aim", "")


def render(rows: Iterable[Row]) -> str:
    """Aligned columns, a line for each comparison."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    target = row.target
    return (
        row.title,
        _number(row.value),
        row.unit,
        row.against,
        _number(row.other),
        _number(row.ratio),
        _number(target.must) if target else "",
        _number(target.aim) if target else "",
        row.verdict,
    )


def _number(value: float | None) -> str:
    if value is None or isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
