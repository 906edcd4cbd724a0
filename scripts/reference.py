"""Writes the reference pages that follow from the code: `make docs`.

A test compares the pages with what this would write, so that they stay true.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from app import FAMILIES
from kernel.aws import compatibility
from kernel.settings import Settings
from scripts import gateway_quotas

DOCS = Path(__file__).parents[1] / "docs"

SETTINGS_HEADING = """\
# Settings

Each has one name: `name` in `INSTANCE/poolgate.toml`, `POOLGATE_NAME` in the environment, and for
the commonest ones `--name` of `poolgate serve`. Flags win over the environment, and the environment
over the file. A wrong value stops the start with one sentence that names the setting.
`poolgate doctor` says the same sentence, and SIGHUP then changes nothing.

In the file, text needs quotes: `rate_limits = "aws"`; numbers, `true` and `false` have none. A list
is `quotas = ["clients_per_user_pool=5000", "groups_per_user=200"]` there, and in the environment
the same words with commas: `POOLGATE_QUOTAS=clients_per_user_pool=5000,groups_per_user=200`.

| Setting | Default | What it is |
|---|---|---|
"""


def pages() -> dict[Path, str]:
    """The content of each generated page."""
    return {
        DOCS / "settings.md": settings_page(),
        DOCS / "compatibility.md": compatibility.render(FAMILIES),
        DOCS / "gateway-quotas.md": gateway_quotas.page(),
    }


def settings_page() -> str:
    """The table of all settings, from their own descriptions."""
    rows = [
        f"| `{each.name}` | {_default(each)} | {_escaped(each.metadata['description'])} |"
        for each in fields(Settings)
    ]
    return SETTINGS_HEADING + "\n".join(rows) + "\n"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _default(field: Field[Any]) -> str:
    if field.name == "instance":
        return "`./instance`"
    if field.default is MISSING or field.default in (None, ()):
        return ""
    value = str(field.default).lower() if isinstance(field.default, bool) else field.default
    return f"`{value}`"


def main() -> None:
    for path, content in pages().items():
        path.write_text(content)


if __name__ == "__main__":
    main()
