"""Many API keys at once: what is there is read beforehand, in a few statements, and what is new is
written in one go, so that a file of thousands does not keep other changes waiting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.account import api_keys, key_values, usage_plans
from gateway.control.account.finding import require_room
from gateway.control.account.models import ApiKey, UsagePlan, UsagePlanKey
from gateway.control.documents import require_storable
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from kernel.aws.operations import Call

_FLAGS = {"": True, "true": True, "false": False}
_AT_ONCE = 500
"""Values in one statement."""

T = TypeVar("T")


@dataclass(frozen=True)
class ImportedKey:
    """A row of a file."""

    line: int
    name: str
    value: str
    description: str = ""
    enabled: str = ""
    plan_ids: tuple[str, ...] = ()


@dataclass
class Importing:
    """Keys by fingerprint, plans by id, and the plans of each key, as they are and will be."""

    session: Session
    call: Call
    keys: dict[str, ApiKey]
    plans: dict[str, UsagePlan]
    held: dict[str, set[str]]
    new: list[ApiKey] = field(default_factory=list)
    new_pairs: list[UsagePlanKey] = field(default_factory=list)

    @classmethod
    def of(cls, session: Session, call: Call, rows: Sequence[ImportedKey]) -> Importing:
        """What there is of the rows' keys, and the caller's plans."""
        sealer = call.kernel.sealer
        fingerprints = [key_values.fingerprint_of(sealer, row.value) for row in rows]
        known = [
            key
            for some in _some(fingerprints)
            for key in session.scalars(select(ApiKey).where(ApiKey.fingerprint.in_(some)))
        ]
        mine = select(UsagePlan).where(
            UsagePlan.account == call.account, UsagePlan.region == call.region
        )
        held: dict[str, set[str]] = defaultdict(set)
        for some in _some([key.id for key in known]):
            for pair in session.scalars(select(UsagePlanKey).where(UsagePlanKey.key_id.in_(some))):
                held[pair.key_id].add(pair.plan_id)
        return cls(
            session,
            call,
            {key.fingerprint: key for key in known},
            {plan.id: plan for plan in session.scalars(mine)},
            held,
        )

    def add(self, row: ImportedKey) -> str:
        """The id of a row's key. Raises `Refused` where nothing of the row is taken."""
        document = self._document(row)
        fingerprint = key_values.fingerprint_of(self.call.kernel.sealer, row.value)
        key = self.keys.get(fingerprint)
        if key is not None and (key.account, key.region) != (self.call.account, self.call.region):
            raise Conflicting("API Key already exists")
        self._require_plans(key, row.plan_ids)
        if key is None:
            key = self.keys[fingerprint] = self._made(row, fingerprint, document)
        else:
            key.document = {**key.document, **document}
            key.updated = self.call.kernel.clock.now()
        for plan_id in dict.fromkeys(row.plan_ids):
            if plan_id not in self.held[key.id]:
                self.held[key.id].add(plan_id)
                self.new_pairs.append(UsagePlanKey(plan_id=plan_id, key_id=key.id))
        return key.id

    def store(self) -> None:
        """Write what is new. Raises `Exceeded`."""
        most = quotas.API_KEYS_PER_ACCOUNT_AND_REGION
        require_room(self.session, self.call, ApiKey, most, "API keys", adding=len(self.new))
        self.session.add_all(self.new)
        self.session.flush()
        self.session.add_all(self.new_pairs)

    def _document(self, row: ImportedKey) -> dict[str, Any]:
        key_values.require_value(row.value)
        enabled = _FLAGS.get(row.enabled.lower())
        if enabled is None:
            raise Invalid("Enabled must be TRUE or FALSE")
        given = {"name": row.name, "description": row.description, "enabled": enabled}
        require_storable(given)
        return api_keys.document_of(self.session, self.call, given)

    def _made(self, row: ImportedKey, fingerprint: str, document: dict[str, Any]) -> ApiKey:
        # Ten random characters are not asked for one by one; the primary key has the last word.
        key_id = self.call.kernel.randomness.text(10, repository.ID_ALPHABET)
        self.new.append(api_keys.new(self.call, key_id, row.value, fingerprint, document))
        return self.new[-1]

    def _require_plans(self, key: ApiKey | None, plan_ids: Sequence[str]) -> None:
        wanted = {*plan_ids, *(self.held[key.id] if key else ())}
        if not self.plans.keys() >= set(plan_ids):
            raise Missing("Invalid Usage Plan ID specified")
        if len(wanted) > quotas.USAGE_PLANS_PER_API_KEY:
            raise Exceeded(f"An API key has at most {quotas.USAGE_PLANS_PER_API_KEY} usage plans")
        stages: set[tuple[str, str]] = set()
        for plan_id in wanted:
            pairs = usage_plans.pairs_of(self.plans[plan_id].document)
            if stages & pairs:
                raise Conflicting("An API key has one usage plan for each API stage")
            stages |= pairs


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
