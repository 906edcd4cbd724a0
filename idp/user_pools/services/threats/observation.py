"""What a request shows of a person: where from, on which device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from idp.errors import InvalidParameter
from idp.models import UserPool
from idp.user_pools.rules import context_data
from idp.user_pools.rules.risk import Remembered, Sighting
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import places
from idp.user_pools.services.threats.places import NOWHERE, Place
from kernel.runtime import Kernel

DIGEST_DIGITS = 32


@dataclass(frozen=True)
class Observation:
    """A sighting, and what people are told of it."""

    sighting: Sighting
    device_name: str = ""
    timezone: str = ""
    place: Place = NOWHERE

    def document(self) -> dict[str, Any]:
        """Members of an event: EventContextData for people, Sighting for later scores."""
        seen = self.sighting
        shown = {
            "IpAddress": seen.address,
            "DeviceName": self.device_name,
            "Timezone": self.timezone,
            "City": self.place.city,
            "Country": self.place.country_name or self.place.country,
        }
        return {
            "EventContextData": {name: value for name, value in shown.items() if value},
            "Sighting": {
                "Device": seen.device,
                "Country": seen.country,
                "Position": list(seen.position) if seen.position else None,
            },
        }


def remembered(document: Mapping[str, Any], created: datetime) -> Remembered:
    """What an event's document says of an earlier sighting."""
    seen, shown = document.get("Sighting", {}), document.get("EventContextData", {})
    position = seen.get("Position")
    sighting = Sighting(
        created,
        shown.get("IpAddress", ""),
        seen.get("Device", ""),
        seen.get("Country", ""),
        (position[0], position[1]) if position else None,
    )
    return Remembered(sighting, document.get("EventFeedback", {}).get("FeedbackValue", ""))


def observe(
    kernel: Kernel, pool: UserPool, here: Circumstances, device_key: str | None = None
) -> Observation:
    """Reads the address database, in a thread: not for units of work."""
    place = places.of(kernel.settings, here.address)
    seen = glimpse(kernel, pool, here, device_key)
    sighting = replace(seen.sighting, country=place.country, position=place.position)
    return replace(seen, sighting=sighting, place=place)


def glimpse(
    kernel: Kernel, pool: UserPool, here: Circumstances, device_key: str | None = None
) -> Observation:
    """`observe`, without the place."""
    described = context_data.read_encoded(here.data.get("EncodedData", ""))
    agent = here.user_agent or described.user_agent
    # The strongest mark that there is: browsers of a kind share their User-Agent.
    mark = device_key or described.id or agent
    digest = kernel.sealer.derive("seen-device", pool.id, mark).hex()[:DIGEST_DIGITS]
    address = context_data.plain_address(here.address)
    return Observation(
        Sighting(kernel.clock.now(), address, digest if mark else ""),
        described.name or context_data.device_name(agent),
        described.timezone,
    )


def located(context: ClientContext, here: Circumstances, *, by_server: bool) -> Circumstances:
    """Circumstances with the address that counts. Raises `InvalidParameter` for a malformed one.

    EnablePropagateAdditionalUserContextData: "When EnablePropagateAdditionalUserContextData is
    false, you can't send your user's source IP address": it is ignored, and the caller's counts.
    """
    given = here.data.get("IpAddress") if here.data else None
    may_say = by_server or (
        context.secrets and context.client.settings["EnablePropagateAdditionalUserContextData"]
    )
    if given is None or not may_say:
        return here
    if not given:
        raise InvalidParameter("IpAddress of the context data is empty.")
    return replace(here, address=context_data.address(given))
