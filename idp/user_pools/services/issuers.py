"""How a pool is called as the issuer of its tokens (`iss`), and which pool an issuer is."""

from __future__ import annotations

import re

from kernel.settings import Settings

_POOL_ID = re.compile(r"[\w-]{1,40}_[0-9a-zA-Z]{1,40}", re.ASCII)


def issuer(settings: Settings, pool_id: str) -> str:
    """`iss` of the pool's tokens; the discovery document repeats it to the letter."""
    if settings.issuer_form == "aws":
        region = pool_id.partition("_")[0]
        return f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"
    return f"{settings.origin}/{pool_id}"


def is_pool_id(text: str) -> bool:
    """UserPoolIdType; nothing else that an address or forged issuer holds reaches the database."""
    return _POOL_ID.fullmatch(text) is not None


def pool_of_issuer(settings: Settings, text: str) -> str | None:
    """The pool id in one of our own issuers, or None for any other."""
    pool_id = text.rpartition("/")[2]
    return pool_id if is_pool_id(pool_id) and issuer(settings, pool_id) == text else None
