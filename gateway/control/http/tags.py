"""GetTags, TagResource, UntagResource: of an API or one of its stages, of a domain name, a VPC
link, a portal or a portal product, by ARN."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.account import domains, vpc_links
from gateway.control.account.finding import find_part
from gateway.control.account.models import HTTP_VPC_LINK, AccountPart
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.models import Stage
from gateway.control.portals import storing
from gateway.control.tag_changes import Tagged, add_tags, remove_tags, tags_of
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors=ERRORS)

_ARN = re.compile(
    r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::/(apis|domainnames|vpclinks)/([^/]+)"
    r"(?:/stages/([^/]+))?"
)
_PORTAL_ARN = re.compile(
    r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:\d{12}:/(portals|portalproducts)/([^/]+)"
)
_KINDS = {"portals": storing.PORTAL, "portalproducts": storing.PRODUCT}


@family.reads("GetTags")
def get_tags(session: Session, call: Call, request: Input) -> Output:
    return {"Tags": tags_of(_resource(session, call, request["ResourceArn"]), "Tags")}


@changes(family, "TagResource")
def tag_resource(session: Session, call: Call, request: Input) -> Output:
    resource = _resource(session, call, request["ResourceArn"], lock=True)
    add_tags(resource, "Tags", request.get("Tags") or {})
    if isinstance(resource, AccountPart) and resource.kind == HTTP_VPC_LINK:
        vpc_links.require_link(resource.document)
    return {}


@changes(family, "UntagResource")
def untag_resource(session: Session, call: Call, request: Input) -> None:
    resource = _resource(session, call, request["ResourceArn"], lock=True)
    remove_tags(resource, "Tags", request["TagKeys"])


def _resource(session: Session, call: Call, arn: str, *, lock: bool = False) -> Tagged:
    of_portal = _PORTAL_ARN.fullmatch(arn)
    if of_portal is not None:
        return _portal(session, call, arn, *of_portal.groups())
    found = _ARN.fullmatch(arn)
    if found is None or (found[4] is not None and found[2] != "apis"):
        raise Invalid(f"Invalid resource ARN {arn}")
    region, kind, name, stage_name = found.groups()
    if region != call.region:
        raise Missing(f"Invalid API identifier specified {call.account}:{name}")
    if kind == "domainnames":
        return domains.find(session, call, name, lock=lock)
    if kind == "vpclinks":
        return find_part(session, call, HTTP_VPC_LINK, name, lock=lock)
    api = repository.find_api(session, call, name, lock=lock)
    return repository.find(session, Stage, api, stage_name) if stage_name else api


def _portal(session: Session, call: Call, arn: str, kind: str, name: str) -> AccountPart:
    part = storing.find(session, call, _KINDS[kind], name)
    if storing.arn_of(part) != arn:
        raise Missing(f"Invalid {storing.NAMES[part.kind]} identifier specified")
    return part
