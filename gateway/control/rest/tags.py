"""GetTags, TagResource, UntagResource of everything that apigateway can tag, by ARN."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.account import domains, vpc_links
from gateway.control.account.finding import find_key, find_part, find_plan
from gateway.control.account.models import CLIENT_CERTIFICATE, VPC_LINK
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.models import Stage
from gateway.control.tag_changes import Tagged, add_tags, remove_tags, tags_of
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    "limit": "AWS does not page tags either: a resource has at most 50",
    "position": "AWS does not page tags either: a resource has at most 50",
}

family = OperationFamily("apigateway", errors=ERRORS, configured_only=CONFIGURED_ONLY)

_ARN = re.compile(
    r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::/"
    r"(restapis|apikeys|usageplans|clientcertificates|vpclinks|domainnames)/([^/]+)"
    r"(?:/stages/([^/]+))?"
)


class _Found(NamedTuple):
    resource: Tagged
    member: str
    """Under which its document has tags."""


@family.reads("GetTags")
def get_tags(session: Session, call: Call, request: Input) -> Output:
    return {"tags": tags_of(*_find(session, call, request))}


@changes(family, "TagResource")
def tag_resource(session: Session, call: Call, request: Input) -> None:
    found = _find(session, call, request, lock=True)
    add_tags(*found, request.get("tags") or {})
    _require_still_good(request, found)


@changes(family, "UntagResource")
def untag_resource(session: Session, call: Call, request: Input) -> None:
    remove_tags(*_find(session, call, request, lock=True), request["tagKeys"])


def _require_still_good(request: Input, found: _Found) -> None:
    if ":/vpclinks/" in request["resourceArn"].partition(":apigateway:")[2]:
        vpc_links.require_link(found.resource.document)


def _find(session: Session, call: Call, request: Input, *, lock: bool = False) -> _Found:
    arn = unquote(request["resourceArn"])
    parts = _ARN.fullmatch(arn)
    if parts is None:
        raise Invalid(f"Invalid ARN specified in the request: {arn[:200]}")
    region, kind, name, stage = parts.groups()
    if region != call.region:
        raise Missing("Invalid resource identifier specified")
    if stage is not None and kind != "restapis":
        raise Invalid(f"Invalid ARN specified in the request: {arn[:200]}")
    if kind == "domainnames":
        return _Found(domains.find(session, call, name, lock=lock), "Tags")
    return _Found(_resource(session, call, kind, name, stage, lock=lock), "tags")


def _resource(
    session: Session, call: Call, kind: str, name: str, stage: str | None, *, lock: bool
) -> Tagged:
    if kind == "apikeys":
        return find_key(session, call, name, lock=lock)
    if kind == "usageplans":
        return find_plan(session, call, name, lock=lock)
    if kind == "clientcertificates":
        return find_part(session, call, CLIENT_CERTIFICATE, name, lock=lock)
    if kind == "vpclinks":
        return find_part(session, call, VPC_LINK, name, lock=lock)
    api = repository.find_rest_api(session, call, name, lock=lock)
    return api if stage is None else repository.find(session, Stage, api, stage)
