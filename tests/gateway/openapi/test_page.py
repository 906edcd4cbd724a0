"""docs/openapi.md names the extensions and the bounds that there are."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.openapi import faults, reading, repetitions, versions
from gateway.openapi.http import reading as http
from gateway.openapi.rest import api_members as rest

PAGE = (Path(__file__).parents[3] / "docs" / "openapi.md").read_text()
ROW = re.compile(r"^\| `(x-amazon-apigateway-[a-z-]+)` \| (yes|no) \| (yes|no) \|", re.MULTILINE)


def test_the_extensions_of_apis_are_those_of_the_page() -> None:
    rows = ROW.findall(PAGE)
    of_rest = {name for name, is_of_rest, _ in rows if is_of_rest == "yes"}
    of_http = {name for name, _, is_of_http in rows if is_of_http == "yes"}
    assert of_rest >= rest.KNOWN
    assert of_http >= http.KNOWN
    assert {name for name, *_ in rows} - of_http <= rest.KNOWN
    assert {name for name, *_ in rows} - of_rest <= http.KNOWN


def test_the_bounds_are_those_of_the_page() -> None:
    for bound in (
        f"at most {reading.MOST_BYTES // 1024 // 1024} MB",
        f"at most {reading.MOST_DEPTH} deep",
        f"{reading.MOST_NODES:,} values",
        f"at most {versions.MOST_PATHS:,}\npaths of at most {versions.MOST_PATH_CHARACTERS:,}",
        f"After {faults.MOST_FAULTS} faults",
    ):
        assert bound in PAGE
    assert repetitions.MOST_REPEATED == reading.MOST_NODES
