"""The generated pages say what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import reference


@pytest.mark.parametrize("page", reference.pages(), ids=lambda page: page.name)
def test_generated_page_is_up_to_date(page: Path) -> None:
    assert page.read_text() == reference.pages()[page], "run `make docs` and commit the page"
