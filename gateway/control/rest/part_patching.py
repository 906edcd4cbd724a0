"""Patches of parts: what the shared rules do not have."""

from __future__ import annotations

from gateway.control.errors import Invalid
from gateway.control.rest.patching import Patch, Patches


class PlainPatches(Patches):
    """Rules whose refusals begin as AWS answers for gateway responses, which names no paths."""

    def _refused(self, patch: Patch) -> Invalid:
        return Invalid(f"Invalid patch path {patch.path}. {self.choice(patch.op)}")
