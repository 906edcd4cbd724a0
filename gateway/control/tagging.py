"""Which tags a resource may carry. Pure rules."""

from __future__ import annotations

from collections.abc import Mapping

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.own_tags import PREFIX, require_own_tag


def require_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags that are too many, too long or AWS's own. Raises `Invalid`."""
    if len(tags) > quotas.TAGS_PER_RESOURCE:
        raise Invalid(f"A resource has at most {quotas.TAGS_PER_RESOURCE} tags")
    for key, value in tags.items():
        if not 1 <= len(key) <= quotas.TAG_KEY_CHARACTERS:
            raise Invalid(f"Tag keys have from 1 to {quotas.TAG_KEY_CHARACTERS} characters")
        if len(value) > quotas.TAG_VALUE_CHARACTERS:
            raise Invalid(f"Tag values have at most {quotas.TAG_VALUE_CHARACTERS} characters")
        if key.lower().startswith("aws:"):
            raise Invalid("Tag keys that start with aws: are reserved")
        if key.startswith(PREFIX):
            require_own_tag(key, value)
