"""VPC links: named groups of private backends ("docs/private-integrations.md").

There is no VPC. What a link leads to are origins such as `http://10.0.0.5:8080`: in place of a
load balancer's ARN (`targetArns` of apigateway), or in tags `poolgate:targets`, which both planes
have. A link without any is FAILED, and what it is used for is refused.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas, raised_quotas
from gateway.control import own_tags
from gateway.control.account.finding import require_room_for_part
from gateway.control.account.models import HTTP_VPC_LINK, VPC_LINK, AccountPart
from gateway.control.errors import Invalid
from gateway.control.repository import new_id
from gateway.snapshot import UpstreamGroup
from kernel.aws.operations import Call

KINDS = (VPC_LINK, HTTP_VPC_LINK)
TARGETS_TAG = own_tags.TARGETS
HEALTH_TAG = own_tags.HEALTH
NO_TARGET = (
    f"No target can be reached: name origins such as http://10.0.0.5:8080 in the tag {TARGETS_TAG}"
)
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:[^\s]{1,512}")
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")
_HEALTH_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,255}")


def new_link(session: Session, call: Call, kind: str) -> AccountPart:
    """A link without a document, not stored yet; no two links share an id. Raises `Exceeded`."""
    most = raised_quotas.most("vpc_links_per_account", call.kernel.settings)
    require_room_for_part(session, call, kind, most)

    def known(made: str) -> str | None:
        query = select(AccountPart.id).where(AccountPart.kind.in_(KINDS), AccountPart.id == made)
        return session.scalar(query)

    return AccountPart(
        account=call.account,
        region=call.region,
        kind=kind,
        id=new_id(call.kernel.randomness, 6, known),
        document={},
        created=call.kernel.clock.now(),
    )


def upstream_group(link: AccountPart) -> UpstreamGroup:
    """What the data plane knows of a link."""
    document = link.document
    tags = tags_of(document)
    return UpstreamGroup(
        id=link.id,
        name=document.get("name") or document.get("Name") or "",
        targets=targets_of(document),
        health_path=tags.get(HEALTH_TAG, ""),
        account=link.account,
        region=link.region,
    )


def targets_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The origins of a link, those of its tags last."""
    given = [each for each in document.get("targetArns", ()) if not each.startswith("arn:")]
    return tuple(dict.fromkeys([*given, *_of_tags(tags_of(document))]))


def tags_of(document: Mapping[str, Any]) -> Mapping[str, str]:
    """The tags of a link of either control plane."""
    tags: Mapping[str, str] = document.get("tags") or document.get("Tags") or {}
    return tags


def require_link(document: Mapping[str, Any]) -> None:
    """Refuse targets and tags that name no origin. Raises `Invalid`."""
    for target in document.get("targetArns", ()):
        if not _ARN.fullmatch(target):
            require_origin(target)
    tags = tags_of(document)
    for origin in _of_tags(tags):
        require_origin(origin)
    if HEALTH_TAG in tags and not _HEALTH_PATH.fullmatch(tags[HEALTH_TAG]):
        raise Invalid(f"The tag {HEALTH_TAG} must be a path such as /health")
    if len(targets_of(document)) > quotas.TARGETS_PER_VPC_LINK:
        raise Invalid(f"A VPC link has at most {quotas.TARGETS_PER_VPC_LINK} targets")


def require_origin(text: str) -> None:
    """Refuse what is no scheme, host and port, or what no backend can be. Raises `Invalid`."""
    refusal = Invalid(f"Invalid target {text[:200]}: it must be an origin, http://HOST:PORT")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refusal from None
    plain = f"{parts.scheme}://{parts.netloc}" == text and "@" not in parts.netloc
    if not plain or parts.scheme not in {"http", "https"} or port == 0:
        raise refusal
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST_NAME.fullmatch(host) or len(host) > 253:
            raise refusal from None
        return
    # Link-local addresses are where clouds keep the credentials of a machine.
    if address.is_link_local or address.is_unspecified or address.is_multicast:
        raise Invalid(f"Invalid target {text}: no backend has such an address")


def status_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """AVAILABLE, or FAILED and why."""
    return ("AVAILABLE", "") if targets_of(document) else ("FAILED", NO_TARGET)


def _of_tags(tags: Mapping[str, str]) -> Iterator[str]:
    for key in sorted(tags):
        if key == TARGETS_TAG or key.startswith(f"{TARGETS_TAG}:"):
            yield from _split(tags[key])


def _split(text: str) -> Iterable[str]:
    return (origin for origin in re.split(r"[\s,]+", text) if origin)
