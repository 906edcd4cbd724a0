"""When and from where a token session was last used, for those who look at their sessions.

A rotation writes its family anyway. A refresh without rotation writes nothing, except in a pool
that tracks sessions, and there at most once a minute unless it comes from elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, update

from idp.models import BrowserSession, RefreshFamily
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.tokens import MOST_USER_AGENT_CHARACTERS
from kernel.database import UtcDateTime
from kernel.statements import Prepared, Rows

WORTH_A_WRITE = timedelta(minutes=1)

NOTE_FAMILY = Prepared(
    update(RefreshFamily)
    .where(RefreshFamily.id == bindparam("family_id"))
    .values(
        last_active=bindparam("now", type_=UtcDateTime()),
        address=bindparam("from_address"),
        user_agent=bindparam("by_agent"),
    )
)
NOTE_BROWSER = Prepared(
    update(BrowserSession)
    .where(BrowserSession.session_id == bindparam("browser_session_id"))
    .values(last_active=bindparam("now", type_=UtcDateTime()))
)


def is_worth_a_write(family: RefreshFamily, here: Circumstances, now: datetime) -> bool:
    elsewhere = (address(family, here), user_agent(family, here)) != (
        family.address,
        family.user_agent,
    )
    return elsewhere or now - family.last_active >= WORTH_A_WRITE


def note(rows: Rows, family: RefreshFamily, here: Circumstances, now: datetime) -> None:
    """Record a refresh, with the browser session that the family comes from."""
    rows.run(
        NOTE_FAMILY,
        family_id=family.id,
        now=now,
        from_address=address(family, here),
        by_agent=user_agent(family, here),
    )
    note_browser(rows, family.browser_session_id, now)


def note_browser(rows: Rows, browser_session_id: str | None, now: datetime) -> None:
    """ "For an SSO session, this is the most recent authentication, token grant, or token
    rotation" (SessionType, LastActiveDate)."""
    if browser_session_id is not None:
        rows.run(NOTE_BROWSER, browser_session_id=browser_session_id, now=now)


def address(family: RefreshFamily, here: Circumstances) -> str:
    """Where it is used from now; as before where the request does not tell."""
    return here.address or family.address


def user_agent(family: RefreshFamily, here: Circumstances) -> str:
    return here.user_agent[:MOST_USER_AGENT_CHARACTERS] or family.user_agent
