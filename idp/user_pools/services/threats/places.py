"""Where an address is, by the operator's MaxMind database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb
import structlog

from kernel.settings import SettingError, Settings
from kernel.threads import in_thread

ADDRESSES_KEPT = 4096

log = structlog.get_logger("poolgate.threats")


@dataclass(frozen=True)
class Place:
    """What is known of an address; empty where the database does not know."""

    country: str = ""
    """ISO 3166-1 alpha-2."""
    country_name: str = ""
    city: str = ""
    position: tuple[float, float] | None = None


NOWHERE = Place()


def check_database(settings: Settings) -> None:
    """Raises `SettingError` for a database that is not there or is none.

    Only where settings are read: one that goes away later must not lock out a pool.
    """
    path = settings.address_database
    if path is None:
        return
    try:
        maxminddb.open_database(path, maxminddb.MODE_MMAP).close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingError(f"address_database {path} cannot be read: {reason}.") from None
    except (ValueError, maxminddb.InvalidDatabaseError):
        raise SettingError(f"address_database {path} is no MaxMind database.") from None


def of(settings: Settings, address: str) -> Place:
    """The place of an address, read in a thread; a database that cannot be read knows none."""
    if settings.address_database is None or not address:
        return NOWHERE
    return in_thread(_look, settings.address_database, address)


def _look(path: Path, address: str) -> Place:
    try:
        # A database is replaced about weekly: its time tells a new one.
        return _found(path, path.stat().st_mtime_ns, address)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        log.warning("address_database_unreadable", reason=type(error).__name__)
        return NOWHERE


@lru_cache(ADDRESSES_KEPT)
def _found(path: Path, modified: int, address: str) -> Place:
    record = _reader(path, modified).get(address)
    return _place(record) if isinstance(record, dict) else NOWHERE


@lru_cache(1)
def _reader(path: Path, _modified: int) -> maxminddb.Reader:
    return maxminddb.open_database(path, maxminddb.MODE_MMAP)


def _place(record: dict[str, Any]) -> Place:
    """GeoLite2-City's record, of which a country database has a part."""
    country, location = _part(record, "country"), _part(record, "location")
    latitude, longitude = location.get("latitude"), location.get("longitude")
    is_placed = isinstance(latitude, int | float) and isinstance(longitude, int | float)
    return Place(
        str(country.get("iso_code", "")),
        _english(country),
        _english(_part(record, "city")),
        (float(latitude), float(longitude)) if is_placed else None,  # type: ignore[arg-type] # checked just above
    )


def _english(named: dict[str, Any]) -> str:
    return str(_part(named, "names").get("en", ""))


def _part(record: dict[str, Any], name: str) -> dict[str, Any]:
    part = record.get(name)
    return part if isinstance(part, dict) else {}
