"""A signed-in person's new authenticator: its secret waits in the database for its first code."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import IdpError, SoftwareTokenNotEnabled
from idp.user_pools.rules import second_factors
from idp.user_pools.services import lockout, software_tokens
from idp.user_pools.services.access import Owner
from kernel.runtime import Kernel


def check_is_offered(owner: Owner) -> None:
    """Raises `SoftwareTokenNotEnabled` where the pool has no authenticators."""
    if second_factors.SOFTWARE_TOKEN not in second_factors.active(owner.context.pool.settings):
        raise SoftwareTokenNotEnabled


def associate(kernel: Kernel, owner: Owner) -> bytes:
    """AssociateSoftwareToken: a new secret. The one in use stays until `verify`."""
    check_is_offered(owner)
    secret = software_tokens.new_secret(kernel)
    kernel.database.write(software_tokens.hand_out, kernel, owner.user.id, secret)
    return secret


def verify(
    kernel: Kernel, owner: Owner, code: str, name: str | None, secret: bytes | None = None
) -> None:
    """VerifySoftwareToken. Wrong codes count like wrong passwords. `secret` is the one that the
    caller has shown, in place of whatever was handed out meanwhile."""
    check_is_offered(owner)
    pool, user = owner.context.pool, owner.user

    def unit(session: Session) -> IdpError | None:
        if secret is not None:
            software_tokens.hand_out(session, kernel, user.id, secret)
        return software_tokens.take_into_use(session, kernel, user.id, code, name)

    with lockout.guess(kernel, pool.id, user.id):
        refusal = kernel.database.write(unit)
        if refusal is not None:
            now = kernel.clock.now()
            kernel.database.write(lockout.record_failure, pool.id, user.id, now)
            raise refusal
