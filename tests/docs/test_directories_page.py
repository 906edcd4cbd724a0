"""The documents that docs/directories.md shows are good ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from federation.ldap.checking import check_filters
from idp.user_pools.rules import directory_settings

PAGE = Path(__file__).parents[2] / "docs" / "directories.md"
DOCUMENTS = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
FILES = ("ca_file", "bind_password_file")
"""Read by the command, before the document is looked at."""


@pytest.mark.parametrize("text", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_a_document_of_the_page_is_taken(text: str) -> None:
    document = {name: value for name, value in json.loads(text).items() if name not in FILES}
    check_filters(directory_settings.parse(document))


def test_every_setting_is_on_the_page() -> None:
    page = PAGE.read_text()
    for name in (*directory_settings.CHECKS, *directory_settings.GROUP_CHECKS):
        assert f"`{name}`" in page, name
