"""Every example of docs/gateway-mapping.md writes what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.mapping.payloads import Payload
from gateway.mapping.template_variables import UTIL, input_variable
from gateway.mapping.vtl import compile_template, evaluate
from gateway.mapping.vtl.limits import ITERATIONS, NESTING, STEPS

PAGE = Path(__file__).parents[2] / "docs" / "gateway-mapping.md"
TEXT = PAGE.read_text()
BODY = re.search(r"for the body `(\{.*\})`:", TEXT)
EXAMPLES = re.findall(r"^\| `(.+?)` \| (?:`(.*)` )?\|$", TEXT, re.MULTILINE)


def test_the_page_has_examples():
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize(("template", "written"), EXAMPLES)
def test_an_example_writes_what_the_page_says(template, written):
    assert BODY is not None
    parameters: dict = {"path": {}, "querystring": {}, "header": {}}
    variables = {"input": input_variable(Payload(BODY[1].encode()), parameters), "util": UTIL}

    assert evaluate(compile_template(template), variables) == written


def test_the_page_has_the_bounds_that_are_enforced():
    for bound in (f"{ITERATIONS:,} turns", f"{STEPS:,} steps", f"nested {NESTING} deep"):
        assert bound in TEXT
