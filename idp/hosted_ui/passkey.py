"""Passkeys on a page: what its script asks the browser, where that can work at all."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import orjson
from flask import Response, request

from idp.errors import IdpError
from idp.hosted_ui import paths
from idp.hosted_ui.account.entry import AccountEntry
from idp.hosted_ui.visit import Visit
from idp.oauth.cookies import PoolCookie
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import first_factors
from idp.user_pools.services import passkeys, quick_reads
from idp.user_pools.services.access import Owner
from idp.user_pools.services.sign_in import choice, discovered_passkey, web_authn

QUIET = timedelta(days=90)


def sign_in_options(visit: Visit) -> str:
    """PublicKeyCredentialRequestOptionsJSON; "" where no passkey signs in on this page."""
    asking = discovered_passkey.ask(visit.kernel, visit.context)
    return asking.options if asking is not None and fits(asking.party_id) else ""


def creation_options(visit: Visit, owner: Owner) -> str:
    """PublicKeyCredentialCreationOptionsJSON; "" where nobody can make one on this page."""
    try:
        options = passkeys.start_registration(visit.kernel, owner)
    except IdpError:
        return ""
    return orjson.dumps(options).decode() if fits(options["rp"]["id"]) else ""


def offer(visit: Visit, signed_in: SignedIn) -> str:
    """The screen that offers to make one; "" where nobody needs it, or does not want it."""
    if isinstance(visit.purpose, AccountEntry) or _declined(visit).value is not None:
        return ""
    return paths.ADD_PASSKEY if is_missing(visit, signed_in) else ""


def decline(visit: Visit, response: Response) -> None:
    """Do not offer it again in this browser, for a while."""
    _declined(visit).set(response, "1", QUIET)


def _declined(visit: Visit) -> PoolCookie:
    return visit.provider.cookie("no-passkey", visit.client.pool_id)


def is_missing(visit: Visit, signed_in: SignedIn) -> bool:
    """Whether somebody who has signed in with a password could have a passkey and has none."""
    settings = visit.context.pool.settings
    if "PASSWORD" not in signed_in.opening.factors or not choice.is_allowed(visit.context):
        return False
    if web_authn.NAME not in first_factors.allowed(settings):
        return False
    user = visit.kernel.database.look_up(quick_reads.user_by_id, signed_in.user_id)
    if user is None or visit.kernel.database.look_up(passkeys.has_any, user.id):
        return False
    return bool(creation_options(visit, Owner(visit.context, user)))


def fits(party_id: str) -> bool:
    """Whether a page under the present host may ask for it (WebAuthn §5.1.3, step 7: the host is
    the relying party id or a name below it), in a secure context."""
    host = (urlsplit(f"//{request.host}").hostname or "").lower()
    is_local = host == "localhost" or host.endswith(".localhost")
    is_below = host == party_id or host.endswith(f".{party_id}")
    return is_below and (request.is_secure or is_local)
