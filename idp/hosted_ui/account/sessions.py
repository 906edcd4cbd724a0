"""/account/sessions: where somebody is signed in, and signing out there or everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import IdpError
from idp.hosted_ui import paths, sign_out
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, done, needs_person, show, sign_in_address
from idp.hosted_ui.account.times import moment
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.headers import protect
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.models import UserPoolClient
from idp.oauth import detours
from idp.oauth.endpoints.logout import Farewell
from idp.oauth.sessions import Ended
from idp.texts import N_
from idp.user_pools.rules import session_ids, user_agents
from idp.user_pools.services import revocation, user_sessions
from idp.user_pools.services.sign_in import sessions
from idp.user_pools.services.user_sessions import ListedSession

ENDED = N_("You are signed out there.")
EVERYWHERE = N_("You are signed out everywhere.")
GONE = N_("This session has ended already.")


@needs_person(recently=False)
def show_list(visit: Visit, here: Here, alert: str = "") -> Response:
    """Without the pool's session tracking nobody lists them, as ListUserSessions does not."""
    tracks = visit.context.sessions.tracks
    found, names = visit.kernel.database.read(_found, visit, here) if tracks else ([], {})
    rows = [_row(each, names, here) for each in found]
    return show(visit, here, places.SESSIONS, alert=alert, details={"rows": rows, "tracks": tracks})


@needs_person(recently=False)
def submit(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    kernel, user_id, now = visit.kernel, here.owner.user.id, visit.kernel.clock.now()
    if form.get("end") == "all":
        kernel.database.write(user_sessions.end_all, user_id, now)
        revocation.announce(kernel)
        sessions.end_all(kernel, user_id)
        return _signed_out(visit, here, EVERYWHERE)
    session_id = form.get("end", "")
    if not visit.context.sessions.tracks:
        return show_list(visit)

    def unit(session: Session) -> None:
        user_sessions.revoke(session, user_id, session_id, now, linked=True)

    try:
        kernel.database.write(unit)
    except IdpError:
        return show_list(visit, GONE)
    revocation.announce(kernel)
    if session_id == here.signed_in.opening.browser_session_id:
        return _signed_out(visit, here, ENDED)
    return done(visit, places.SESSIONS, ENDED)


def _signed_out(visit: Visit, here: Here, notice: str) -> Response:
    """To the sign-in page, past other software that is told."""
    onwards = sign_in_address(visit)
    ended = Ended(here.signed_in.opening.browser_session_id or "", ())
    led = detours.lead(visit.kernel, visit.client.pool_id, ended, onwards)
    if led == onwards:
        response = Response(status=303, headers={"Location": onwards})
    else:  # browsers hold the redirects after a form to the policy of the form's page
        response = sign_out.done(Farewell(target=led))
    visit.flow.leave(response, Flow(paths.SIGN_IN, "", notice=notice))
    visit.provider.session_cookie(visit.client.pool_id).clear(response)
    return protect(response)


def _found(
    session: Session, visit: Visit, here: Here
) -> tuple[list[ListedSession], dict[str, str]]:
    """The sessions, and what the pool's clients are called."""
    found = user_sessions.page(session, here.owner.user, visit.kernel.clock.now(), None)
    named = select(UserPoolClient.id, UserPoolClient.name).where(
        UserPoolClient.pool_id == visit.client.pool_id
    )
    names = {row.id: row.name for row in session.execute(named)}
    return list(found[: user_sessions.PAGE]), names


def _row(each: ListedSession, names: Mapping[str, str], here: Here) -> dict[str, object]:
    program = user_agents.describe(each.user_agent)
    is_token = each.id.startswith(session_ids.TOKEN)
    return {
        "id": each.id,
        "name": names.get(each.client_id or "", "") if is_token else shown(N_("Browser")),
        "program": "" if program == user_agents.UNKNOWN else program,
        "address": each.address,
        "active": moment(each.last_active),
        "is_present": each.id == here.signed_in.opening.browser_session_id,
    }
