"""The identity provider's services of one process, made once by `app.create_app`."""

from __future__ import annotations

from dataclasses import dataclass

from idp.cleanup import Cleanup
from idp.directory_checks import DirectoryChecks
from idp.key_schedule import KeySchedule
from idp.user_pools.rules import quotas
from idp.user_pools.services import signing_keys as pool_keys
from idp.user_pools.services.import_runner import ImportRunner
from idp.user_pools.services.issuers import issuer, pool_of_issuer
from idp.user_pools.services.key_feed import KeyFeed
from idp.user_pools.services.lockout import Turns
from idp.user_pools.services.logout_delivery import LogoutDelivery
from idp.user_pools.services.rate_limits import RateLimits
from idp.user_pools.services.revocation_feed import RevocationFeed
from idp.user_pools.services.signing_keys import SigningKeys
from idp.user_pools.services.tokens import Tokens
from kernel.log_delivery.delivery import LogDelivery
from kernel.runtime import Kernel
from kernel.tokens.issuers import Jwks, LocalIssuers
from kernel.tokens.key_sets import RemoteKeySets
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier


@dataclass(frozen=True)
class PoolTokens:
    """What the gateway verifies tokens of local pools with."""

    issuers: LocalIssuers
    revocations: RevocationSet


def provide(kernel: Kernel) -> PoolTokens:
    """Make the services that handlers reach through `kernel.of`, and follow revocations."""
    signing_keys = SigningKeys(kernel.database, kernel.sealer, kernel.configuration)
    logs = LogDelivery.from_settings(kernel.settings, kernel.outbound)
    kernel.provide(logs)
    kernel.on_close(logs.stop)

    def load(iss: str) -> Jwks | None:
        pool_id = pool_of_issuer(kernel.settings, iss)
        return (signing_keys.public(pool_id) or None) if pool_id else None

    def forget(pool_id: bytes) -> None:
        issuers.forget(issuer(kernel.settings, pool_id.decode()))

    issuers = LocalIssuers(load)
    kernel.shared_state.subscribe(pool_keys.CHANNEL, forget, issuers.forget_all)
    revocations = RevocationSet(kernel.clock.time)
    verifier = Verifier(issuers, revocations, kernel.clock)
    # `poolgate serve` has asked before; other programs call create_app() themselves.
    quotas.check_names(kernel.settings)
    kernel.provide(
        signing_keys, Tokens(kernel, signing_keys), verifier, Turns(), RateLimits(kernel)
    )
    kernel.provide(RemoteKeySets(kernel.outbound, kernel.clock))
    feed = RevocationFeed(kernel, revocations)
    feed.start()
    kernel.on_close(feed.stop)
    key_feed = KeyFeed(kernel, issuers)
    key_feed.start()
    kernel.on_close(key_feed.stop)
    importer = ImportRunner(kernel)
    importer.start()
    kernel.on_close(importer.stop)
    delivery = LogoutDelivery(kernel)
    delivery.start()
    kernel.on_close(delivery.stop)
    cleanup = Cleanup(kernel)
    cleanup.start()
    kernel.on_close(cleanup.stop)
    schedule = KeySchedule(kernel)
    schedule.start()
    kernel.on_close(schedule.stop)
    checks = DirectoryChecks(kernel)
    checks.start()
    kernel.on_close(checks.stop)
    return PoolTokens(issuers, revocations)
