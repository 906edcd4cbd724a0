"""Marks the texts of the hosted pages for translation where they are written.

They are written in English and translated where they are shown, so that a text can wait for its
reader (in a constant, an error, a cookie) and still meet him in his language. `make translations`
collects what is marked.
"""

from __future__ import annotations


def N_(text: str) -> str:
    """A text that is translated later: `idp.hosted_ui.translation.shown` does it for pages."""
    return text
