"""The name of a pool's group for what a directory calls it."""

from __future__ import annotations

import unicodedata

from idp.errors import InvalidParameter

LONGEST = 128
"""GroupNameType: letters, marks, symbols, numbers and punctuation, and no spaces."""


def of_display_name(text: str) -> str:
    """A hyphen for each run of spaces; everything else as it is. Raises `InvalidParameter`.

    Access is decided by this name: nothing else is left out or replaced, so that what comes out is
    what the directory's people see.
    """
    name = "-".join(text.split())
    if not 0 < len(name) <= LONGEST:
        raise InvalidParameter(f"A group's name has 1 to {LONGEST} characters.")
    if any(unicodedata.category(each)[0] not in "LMSNP" for each in name):
        raise InvalidParameter("A group's name has characters that cannot be shown.")
    return name
