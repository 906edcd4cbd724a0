"""GetTags, TagResource, UntagResource: of an API or of one of its stages, by ARN."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.models import Api, Stage
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors=ERRORS)

_ARN = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::/apis/([^/]+)(?:/stages/([^/]+))?")


@family.reads("GetTags")
def get_tags(session: Session, call: Call, request: Input) -> Output:
    return {"Tags": _resource(session, call, request["ResourceArn"]).document.get("Tags", {})}


@family.writes("TagResource")
def tag_resource(session: Session, call: Call, request: Input) -> Output:
    require_storable(request)
    resource = _resource(session, call, request["ResourceArn"], lock=True)
    tags = {**resource.document.get("Tags", {}), **request.get("Tags", {})}
    require_tags(tags)
    resource.document = {**resource.document, "Tags": tags}
    return {}


@family.writes("UntagResource")
def untag_resource(session: Session, call: Call, request: Input) -> None:
    resource = _resource(session, call, request["ResourceArn"], lock=True)
    tags = resource.document.get("Tags", {})
    kept = {key: value for key, value in tags.items() if key not in request["TagKeys"]}
    resource.document = {**resource.document, "Tags": kept}


def _resource(session: Session, call: Call, arn: str, *, lock: bool = False) -> Api | Stage:
    found = _ARN.fullmatch(arn)
    if found is None:
        raise Invalid(f"Invalid resource ARN {arn}")
    region, api_id, stage_name = found.groups()
    if region != call.region:
        raise Missing(f"Invalid API identifier specified {call.account}:{api_id}")
    api = repository.find_api(session, call, api_id, lock=lock)
    return repository.find(session, Stage, api, stage_name) if stage_name else api
