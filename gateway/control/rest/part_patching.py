"""Patches of parts: what the shared rules do not have."""

from __future__ import annotations

from gateway.control.errors import Invalid
from gateway.control.rest.patching import Member, Patch, Patches, read_flag


class PlainPatches(Patches):
    """Rules whose refusals name the path alone, as AWS answers for gateway responses."""

    def _refused(self, patch: Patch) -> Invalid:
        return Invalid(f"Invalid patch path {patch.path}")


def Switch(path: str) -> Member:
    """A member that is `true` or `false`; a missing value is `false`, as it is on AWS."""
    return Member(path, lambda patch: False if patch.value is None else read_flag(patch))
