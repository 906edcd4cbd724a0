"""Documents as text: JSON or YAML, which the reader of this package reads back as the same."""

from __future__ import annotations

import json
from typing import Any

import yaml  # type: ignore[import-untyped]  # it has no types

from gateway.openapi.yaml_reading import plain_scalar


def write_json(document: Any) -> bytes:
    """Indented JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def write_yaml(document: Any) -> bytes:
    """Block-style YAML with keys in the document's own order."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{text}".encode()


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    def ignore_aliases(self, _data: Any) -> bool:
        """Nothing is repeated by an alias, which other readers may not know."""
        return True


def _text(dumper: Any, text: str) -> Any:
    """Text that YAML 1.2 would take for a number needs quotes, which PyYAML's 1.1 may not see."""
    is_plain = isinstance(plain_scalar(text), str) and "\x85" not in text and text != "<<"
    style = None if is_plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
