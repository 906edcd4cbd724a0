"""CreateVpcLink, GetVpcLink, GetVpcLinks, UpdateVpcLink, DeleteVpcLink of REST APIs."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gateway.control.account import vpc_links
from gateway.control.account.finding import find_part, parts_of
from gateway.control.account.models import VPC_LINK, AccountPart
from gateway.control.account.patch_rules import ValueOfList
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Invalid
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Patches, Text
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

PATCHES = Patches(
    Text("/name", least=1, most=128),
    Text("/description"),
    ValueOfList("/targetArns", "targetArns"),
)


@changes(family, "CreateVpcLink")
def create_vpc_link(session: Session, call: Call, request: Input) -> Output:
    members = ("name", "description", "targetArns", "tags")
    link = vpc_links.new_link(session, call, VPC_LINK)
    _set(link, {member: request[member] for member in members if request.get(member)})
    session.add(link)
    return _present(link)


@family.reads("GetVpcLink")
def get_vpc_link(session: Session, call: Call, request: Input) -> Output:
    return _present(find_part(session, call, VPC_LINK, request["vpcLinkId"]))


@family.reads("GetVpcLinks")
def get_vpc_links(session: Session, call: Call, request: Input) -> Output:
    query = parts_of(call, VPC_LINK)
    return page(session, call, request, query, AccountPart.id, _present)


@changes(family, "UpdateVpcLink")
def update_vpc_link(session: Session, call: Call, request: Input) -> Output:
    link = find_part(session, call, VPC_LINK, request["vpcLinkId"], lock=True)
    _set(link, PATCHES.apply(link.document, request))
    return _present(link)


@changes(family, "DeleteVpcLink")
def delete_vpc_link(session: Session, call: Call, request: Input) -> None:
    session.delete(find_part(session, call, VPC_LINK, request["vpcLinkId"]))


def _set(link: AccountPart, document: dict[str, Any]) -> None:
    if not 1 <= len(document.get("name", "")) <= 128:
        raise Invalid("name must have from 1 to 128 characters")
    if len(document.get("description", "")) > 1024:
        raise Invalid("description must have at most 1024 characters")
    require_tags(document.get("tags", {}))
    vpc_links.require_link(document)
    link.document = document


def _present(link: AccountPart) -> Output:
    status, message = vpc_links.status_of(link.document)
    shown = {"targetArns": [], **link.document, "id": link.id, "status": status}
    return shown | ({"statusMessage": message} if message else {})
