"""CreateRoutingRule, GetRoutingRule, ListRoutingRules, PutRoutingRule, DeleteRoutingRule."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control.account import domains
from gateway.control.account.models import Domain, RoutingRule
from gateway.control.account.rule_documents import read_rule
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Conflicting, Exceeded, Missing
from gateway.control.pages import rows_of_page
from gateway.control.repository import new_id, require_room
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors={**ERRORS, Exceeded: "BadRequestException"})

_ID = re.compile(r"[a-z0-9]{1,32}")
_PAGE = 100


@changes(family, "CreateRoutingRule")
def create_routing_rule(session: Session, call: Call, request: Input) -> Output:
    domain = _domain(session, call, request, lock=True)
    rules = select(RoutingRule).where(RoutingRule.domain == domain.name)
    most = quotas.ROUTING_RULES_PER_DOMAIN
    require_room(session, rules, most, "routing rules for this domain name")

    rule_id = new_id(
        call.kernel.randomness, 6, lambda made: session.get(RoutingRule, (domain.name, made))
    )
    rule = RoutingRule(domain=domain.name, id=rule_id)
    _put(session, call, rule, request)
    session.add(rule)
    return _present(call, rule)


@family.reads("GetRoutingRule")
def get_routing_rule(session: Session, call: Call, request: Input) -> Output:
    return _present(call, _find(session, call, request))


@family.reads("ListRoutingRules")
def list_routing_rules(session: Session, call: Call, request: Input) -> Output:
    domain = _domain(session, call, request)
    query = select(RoutingRule).where(RoutingRule.domain == domain.name)
    size, token = request.get("MaxResults") or _PAGE, request.get("NextToken")
    rows, following = rows_of_page(session, call, request, query, RoutingRule.priority, size, token)
    output: Output = {"RoutingRules": [_present(call, rule) for rule in rows]}
    return output | ({"NextToken": following} if following else {})


@changes(family, "PutRoutingRule")
def put_routing_rule(session: Session, call: Call, request: Input) -> Output:
    rule = _find(session, call, request, lock=True)
    _put(session, call, rule, request)
    return _present(call, rule)


@changes(family, "DeleteRoutingRule")
def delete_routing_rule(session: Session, call: Call, request: Input) -> None:
    session.delete(_find(session, call, request, lock=True))


def _domain(session: Session, call: Call, request: Input, *, lock: bool = False) -> Domain:
    domains.refuse_private(request)
    return domains.find(session, call, request["DomainName"], lock=lock)


def _find(session: Session, call: Call, request: Input, *, lock: bool = False) -> RoutingRule:
    domain, rule_id = _domain(session, call, request, lock=lock), request["RoutingRuleId"]
    rule = session.get(RoutingRule, (domain.name, rule_id)) if _ID.fullmatch(rule_id) else None
    if rule is None:
        raise Missing("Invalid routing rule identifier specified")
    return rule


def _put(session: Session, call: Call, rule: RoutingRule, request: Input) -> None:
    document, priority = read_rule(session, call, request), request["Priority"]
    taken = select(RoutingRule.id).where(
        RoutingRule.domain == rule.domain,
        RoutingRule.priority == priority,
        RoutingRule.id != rule.id,
    )
    if session.scalar(taken) is not None:
        raise Conflicting(f"A routing rule of the domain name has the priority {priority} already")
    rule.document, rule.priority = document, priority


def _present(call: Call, rule: RoutingRule) -> Output:
    path = f"/domainnames/{rule.domain}/routingrules/{rule.id}"
    return {
        **rule.document,
        "Priority": rule.priority,
        "RoutingRuleArn": f"arn:aws:apigateway:{call.region}:{call.account}:{path}",
        "RoutingRuleId": rule.id,
    }
