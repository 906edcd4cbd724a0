"""Moments as people read them."""

# Flask-Babel is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from datetime import datetime

from flask_babel import format_datetime

from idp.hosted_ui.translation import shown
from idp.texts import N_

NEVER = N_("never")


def moment(time: datetime | None) -> str:
    """In the present language, and in UTC: a page does not know where its reader is."""
    if time is None:
        return shown(NEVER)
    return f"{format_datetime(time, 'medium', rebase=False)} UTC"
