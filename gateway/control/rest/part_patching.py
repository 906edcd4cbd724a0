"""Patches of parts, with the two other forms in which AWS refuses a path.

Models, validators and documentation tell which paths an operation has; gateway responses only that
this is none. Both were seen in AWS's own answers.
"""

from __future__ import annotations

from gateway.control.errors import Invalid
from gateway.control.rest.patching import Member, Patch, Patches, Rule, read_flag


class PartPatches(Patches):
    """The rules of a part whose refusals list the paths there are."""

    def _rule(self, patch: Patch) -> Rule:
        for rule in self.rules:
            if rule.matches(patch.tokens) and patch.op in rule.ops:
                return rule
        wrong = f"Invalid patch path  '{patch.path}' specified for op '{patch.op}'. "
        known = [rule.path for rule in self.rules if patch.op in rule.ops]
        if not known:
            raise Invalid(f"{wrong}Please choose supported operations")
        raise Invalid(f"{wrong}Must be one of: [{', '.join(known)}]")


class PlainPatches(Patches):
    """The rules of a part whose refusals name the path alone."""

    def _rule(self, patch: Patch) -> Rule:
        for rule in self.rules:
            if rule.matches(patch.tokens) and patch.op in rule.ops:
                return rule
        raise Invalid(f"Invalid patch path {patch.path}")


def Switch(path: str) -> Member:
    """A member that is `true` or `false`; a missing value is `false`, as it is on AWS."""
    return Member(path, lambda patch: False if patch.value is None else read_flag(patch))
