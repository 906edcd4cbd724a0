"""What an SDK knows of its API, as JSON that both runtimes read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.sdks.operations import Operation


@dataclass(frozen=True)
class Stage:
    """Where a stage of an API is reached, and the region that its requests are signed for."""

    url: str
    region: str


def description_of(stage: Stage, named: Iterable[tuple[str, Operation]]) -> str:
    """ASCII alone, and without `<`, so that no script that holds it ends early."""
    description = {
        "url": stage.url,
        "region": stage.region,
        "operations": [
            {
                "name": name,
                "verb": operation.verb,
                "path": operation.path,
                "signed": operation.is_signed,
                "parameters": [
                    [each.place, each.name, each.is_required] for each in operation.parameters
                ],
            }
            for name, operation in named
        ],
    }
    return json.dumps(description, indent=1).replace("<", "\\u003c")
