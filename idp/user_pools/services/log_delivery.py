"""Which of a pool's logs are exported, and handing entries over for it.

`emit` is for everybody who has something to say about a pool: it costs a look into memory where
nothing is configured, never waits for a sink, and never raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import PoolDocument, UserPool
from idp.user_pools.rules import log_destinations, tiers
from idp.user_pools.rules.log_destinations import Owner
from idp.user_pools.services import documents
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.sink import Destination, Kind
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

KIND = "log_delivery"
KEY = "current"

# Developer guide, "Exporting user pool logs": what the sources are called in entries.
NAMES_IN_ENTRIES = {
    log_destinations.USER_NOTIFICATION: "USER_NOTIFICATION",
    log_destinations.USER_AUTH_EVENTS: "USER_ACTIVITY",
}
SETTINGS: Mapping[Kind, str] = {"stream": "firehose_url", "bucket": "s3_url"}
DOCUMENT = Prepared(
    select(PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == KIND,
        PoolDocument.key == KEY,
    )
)

log = structlog.get_logger("poolgate.log_delivery")


@dataclass(frozen=True)
class Plan:
    """Where a pool's entries go, by their source and level."""

    destinations: Mapping[tuple[str, str], Destination]


def is_wanted(kernel: Kernel, pool: UserPool, source: str, level: str) -> bool:
    """Whether the pool exports entries of a source and level; kept in memory."""
    return (source, level) in _plan(kernel, pool).destinations


def emit(
    kernel: Kernel, pool: UserPool, source: str, level: str, message: Mapping[str, Any]
) -> None:
    """Export an entry, if the pool has a destination for its source and level.

    `source` is an EventSourceName, `level` a LogLevel, `message` what the entry says: it must hold
    no secret. Call it outside of units of work.
    """
    try:
        destination = _plan(kernel, pool).destinations.get((source, level))
        if destination is None:
            return
        entry = {
            "eventTimestamp": str(int(kernel.clock.time() * 1000)),
            "eventSource": NAMES_IN_ENTRIES[source],
            "logLevel": level,
            "message": message,
            "logSourceId": {"userPoolId": pool.id},
        }
        kernel.of(LogDelivery).offer(destination, orjson.dumps(entry, default=str))
    except Exception:
        # A log that cannot be written must not cost the request that it is about.
        log.warning("log_entry_lost", source=source, exc_info=True)


def configure(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    configurations: Sequence[Mapping[str, Any]],
) -> None:
    """Replace the pool's configuration; none turns it off.

    Raises `InvalidParameter`, `FeatureUnavailableInTier`.
    """
    sources = [each["EventSource"] for each in configurations]
    if len(set(sources)) != len(sources):
        raise InvalidParameter("An EventSource can be configured once.")
    if log_destinations.USER_AUTH_EVENTS in sources:
        tiers.check(pool.settings, "LogDeliveryConfiguration.userAuthEvents")
    for each in configurations:
        _check_sink(kernel, log_destinations.destination(each, _owner(pool)))
    if configurations:
        document = {"LogConfigurations": list(configurations)}
        documents.put(session, pool.id, KIND, KEY, document, kernel.clock.now())
    else:
        documents.remove(session, pool.id, KIND, KEY)


def exports_events(session: Session, pool: UserPool) -> bool:
    """Whether the pool exports the events of threat protection."""
    configurations = describe(session, pool)["LogConfigurations"]
    return any(each["EventSource"] == log_destinations.USER_AUTH_EVENTS for each in configurations)


def describe(session: Session, pool: UserPool) -> dict[str, Any]:
    """LogDeliveryConfigurationType."""
    row = documents.find(session, pool.id, KIND, KEY)
    configurations = row.document["LogConfigurations"] if row else []
    return {"UserPoolId": pool.id, "LogConfigurations": configurations}


def _check_sink(kernel: Kernel, destination: Destination) -> None:
    if not kernel.of(LogDelivery).has_sink(destination.kind):
        raise InvalidParameter(
            f"{destination.arn} cannot be delivered to: the server's setting "
            f"{SETTINGS[destination.kind]} is not set."
        )


def _owner(pool: UserPool) -> Owner:
    return Owner(pool.account, pool.region, pool.id)


def _plan(kernel: Kernel, pool: UserPool) -> Plan:
    key = Plan, pool.id
    found: Plan | None = kernel.configuration.recall(kernel.database, key)
    if found is not None:
        return found

    def unit(rows: Rows) -> Plan | None:
        return kernel.configuration.get(rows, key, lambda: _load(rows, pool))

    return kernel.database.look_up(unit) or Plan({})


def _load(rows: Rows, pool: UserPool) -> Plan:
    row = rows.first(DOCUMENT, pool_id=pool.id)
    configurations = row[0]["LogConfigurations"] if row else []
    return Plan(
        {
            (each["EventSource"], each["LogLevel"]): log_destinations.destination(
                each, _owner(pool)
            )
            for each in configurations
        }
    )
