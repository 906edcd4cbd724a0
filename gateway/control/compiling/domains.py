"""Custom domains into the mappings and routing rules that addresses are read by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import snapshot
from gateway.control.account.domain_settings import MAPPINGS_ONLY, RULES_ONLY
from gateway.control.account.models import Domain, DomainMapping, RoutingRule


def load_domains(session: Session) -> dict[str, Sequence[snapshot.ApiMapping]]:
    """The mappings of every domain: one without any belongs to the gateway too."""
    domains: dict[str, list[snapshot.ApiMapping]] = {
        name: [] for name in session.scalars(select(Domain.name))
    }
    for row in session.scalars(select(DomainMapping)):
        mapping = snapshot.ApiMapping(row.prefix, row.api_id, row.stage)
        domains.setdefault(row.domain, []).append(mapping)
    return dict(domains)


def load_routing(session: Session) -> dict[str, snapshot.Routing]:
    """The rules of the domains whose routing mode asks them."""
    modes = {
        name: document.get("RoutingMode", MAPPINGS_ONLY)
        for name, document in session.execute(select(Domain.name, Domain.document))
    }
    rules: dict[str, list[snapshot.RoutingRule]] = {}
    for row in session.scalars(select(RoutingRule).order_by(RoutingRule.priority)):
        rules.setdefault(row.domain, []).append(_rule(row.document))
    return {
        name: snapshot.Routing(tuple(rules.get(name, ())), falls_through=mode != RULES_ONLY)
        for name, mode in modes.items()
        if mode != MAPPINGS_ONLY
    }


def _rule(document: Mapping[str, Any]) -> snapshot.RoutingRule:
    action = document["Actions"][0]["InvokeApi"]
    conditions = document.get("Conditions", ())
    return snapshot.RoutingRule(
        api_id=action["ApiId"],
        stage=action["Stage"],
        headers=tuple(
            tuple(
                snapshot.HeaderMatch(each["Header"].lower(), each["ValueGlob"])
                for each in condition["MatchHeaders"]["AnyOf"]
            )
            for condition in conditions
            if "MatchHeaders" in condition
        ),
        base_paths=tuple(
            base_path
            for condition in conditions
            for base_path in condition.get("MatchBasePaths", {}).get("AnyOf", ())
        ),
        strips_base_path=action.get("StripBasePath", False),
    )
