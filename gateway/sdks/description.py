"""What an SDK knows of its API, as JSON that both runtimes read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gateway.sdks.operations import Operation


@dataclass(frozen=True)
class Stage:
    """Where a stage of an API is reached, and the region that its requests are signed for."""

    url: str
    region: str


def description_of(stage: Stage, named: Iterable[tuple[str, Operation]]) -> str:
    """ASCII alone, a line for each operation, and without `<`, so that no script that holds it
    ends early."""
    operations = ",\n".join(json.dumps(_described(*each)) for each in named)
    url, region = json.dumps(stage.url), json.dumps(stage.region)
    text = f'{{"url": {url}, "region": {region}, "operations": [\n{operations}\n]}}'
    return text.replace("<", "\\u003c")


def _described(name: str, operation: Operation) -> dict[str, Any]:
    return {
        "name": name,
        "verb": operation.verb,
        "path": operation.path,
        "signed": operation.is_signed,
        "parameters": [[each.place, each.name, each.is_required] for each in operation.parameters],
    }
