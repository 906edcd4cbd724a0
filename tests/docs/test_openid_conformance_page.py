"""The table of modules names tests that are there, and every one of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "openid-conformance.md").read_text()
TESTS = ROOT / "tests" / "conformance" / "oidc"


def test_each_module_has_a_test_and_each_test_a_module() -> None:
    sections = re.findall(
        r"Test in `(test_\w+\.py)`.*?\n\|---.*?\n(.*?)(?:\n\n|\Z)", PAGE, re.DOTALL
    )
    assert {name for name, _ in sections} == {
        file.name for file in TESTS.glob("test_*.py") if "def test_oidcc_" in file.read_text()
    }
    for name, rows in sections:
        named = re.findall(r"^\| oidcc-[\w-]+ \| `(test_\w+)` \|", rows, re.MULTILINE)
        assert len(named) == len(rows.strip().splitlines())
        there = re.findall(r"^def (test_oidcc_\w+)\(", (TESTS / name).read_text(), re.MULTILINE)
        assert list(dict.fromkeys(named)) == there
