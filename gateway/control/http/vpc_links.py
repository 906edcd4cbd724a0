"""CreateVpcLink, GetVpcLink, GetVpcLinks, UpdateVpcLink, DeleteVpcLink of HTTP APIs."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from gateway import quotas, raised_quotas
from gateway.control.account import vpc_links
from gateway.control.account.finding import find_part, parts_of
from gateway.control.account.models import HTTP_VPC_LINK, AccountPart
from gateway.control.changes import changes
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Exceeded, Invalid
from gateway.control.pages import page
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output

CONFIGURED_ONLY = {
    "SecurityGroupIds": "there is no VPC whose groups could apply; poolgate:targets names backends",
    "SubnetIds": "there is no VPC; the tag poolgate:targets names the backends",
}

family = OperationFamily(
    "apigatewayv2",
    errors={**ERRORS, Exceeded: "BadRequestException"},
    configured_only=CONFIGURED_ONLY,
)

_SUBNET = re.compile(r"subnet-[A-Za-z0-9-]{1,64}")
_SECURITY_GROUP = re.compile(r"sg-[A-Za-z0-9-]{1,64}")


@changes(family, "CreateVpcLink")
def create_vpc_link(session: Session, call: Call, request: Input) -> Output:
    most = raised_quotas.most("subnets_per_vpc_link", call.kernel.settings)
    _require_ids("SubnetIds", request["SubnetIds"], _SUBNET, most)
    groups, most = request.get("SecurityGroupIds") or [], quotas.SECURITY_GROUPS_PER_VPC_LINK
    _require_ids("SecurityGroupIds", groups, _SECURITY_GROUP, most)
    document: dict[str, Any] = {
        "Name": request["Name"],
        "SubnetIds": request["SubnetIds"],
        "SecurityGroupIds": groups,
        "Tags": request.get("Tags") or {},
    }
    require_tags(document["Tags"])
    vpc_links.require_link(document)
    link = vpc_links.new_link(session, call, HTTP_VPC_LINK)
    link.document = document
    session.add(link)
    return _present(link)


@family.reads("GetVpcLink")
def get_vpc_link(session: Session, call: Call, request: Input) -> Output:
    return _present(find_part(session, call, HTTP_VPC_LINK, request["VpcLinkId"]))


@family.reads("GetVpcLinks")
def get_vpc_links(session: Session, call: Call, request: Input) -> Output:
    query = parts_of(call, HTTP_VPC_LINK)
    return page(session, call, request, query, AccountPart.id, _present)


@changes(family, "UpdateVpcLink")
def update_vpc_link(session: Session, call: Call, request: Input) -> Output:
    link = find_part(session, call, HTTP_VPC_LINK, request["VpcLinkId"], lock=True)
    if request.get("Name"):
        link.document = {**link.document, "Name": request["Name"]}
    return _present(link)


@changes(family, "DeleteVpcLink")
def delete_vpc_link(session: Session, call: Call, request: Input) -> Output:
    session.delete(find_part(session, call, HTTP_VPC_LINK, request["VpcLinkId"]))
    return {}


def _require_ids(member: str, ids: list[str], form: re.Pattern[str], most: int) -> None:
    require_storable({member: ids})
    if len(ids) > most:
        raise Invalid(f"{member} has at most {most} members")
    for each in ids:
        if not form.fullmatch(each):
            raise Invalid(f"Invalid {member} member {each[:100]}")


def _present(link: AccountPart) -> Output:
    status, message = vpc_links.status_of(link.document)
    shown = {
        **link.document,
        "CreatedDate": link.created,
        "VpcLinkId": link.id,
        "VpcLinkStatus": status,
        "VpcLinkVersion": "V2",
    }
    return shown | ({"VpcLinkStatusMessage": message} if message else {})
