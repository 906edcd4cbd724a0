"""What a routing rule may say ("Routing rules to connect API stages to a custom domain name for
REST APIs", developer guide)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.account.finding import require_stage
from gateway.control.account.mappings import require_prefix
from gateway.control.documents import Document
from gateway.control.errors import Invalid
from gateway.header_rules import TOKEN_CHARACTER
from kernel.aws.operations import Call, Input

MOST_HEADER_CONDITIONS = 2
MOST_BASE_PATH_CONDITIONS = 1
MOST_CHOICES = 10
"""Poolgate's own bound on the members of `AnyOf`."""
_HEADER = re.compile(rf"{TOKEN_CHARACTER}{{1,128}}")
_GLOB = re.compile(r"\*?[^*\x00-\x1f\x7f]{0,256}\*?")


def read_rule(session: Session, call: Call, request: Input) -> Document:
    """The actions and conditions to store. Raises `Invalid` and `Missing`."""
    if len(request["Actions"]) != 1 or not request["Actions"][0].get("InvokeApi"):
        raise Invalid("A routing rule has exactly one action, InvokeApi")
    action = request["Actions"][0]["InvokeApi"]
    api = repository.find_any_api(session, call, action["ApiId"])
    if api.protocol != "REST":
        raise Invalid("Only REST APIs are supported as target APIs for routing rules")
    require_stage(session, call, api.id, action["Stage"])
    conditions = [_condition(given) for given in request["Conditions"]]
    for kind, most in (
        ("MatchHeaders", MOST_HEADER_CONDITIONS),
        ("MatchBasePaths", MOST_BASE_PATH_CONDITIONS),
    ):
        if sum(kind in each for each in conditions) > most:
            raise Invalid(f"A routing rule has at most {most} {kind} conditions")
    invoke = {
        "ApiId": api.id,
        "Stage": action["Stage"],
        "StripBasePath": bool(action.get("StripBasePath", False)),
    }
    return {"Actions": [{"InvokeApi": invoke}], "Conditions": conditions}


def _condition(given: Mapping[str, Any]) -> Document:
    headers, base_paths = given.get("MatchHeaders"), given.get("MatchBasePaths")
    if (headers is None) == (base_paths is None):
        raise Invalid("A condition is either MatchHeaders or MatchBasePaths")
    if headers is not None:
        accepted = [_header(each) for each in _any_of("MatchHeaders", headers)]
        return {"MatchHeaders": {"AnyOf": accepted}}
    paths = _any_of("MatchBasePaths", base_paths or {})
    for path in paths:
        if not path:
            raise Invalid("A base path of a condition must not be empty")
        require_prefix(path)
    return {"MatchBasePaths": {"AnyOf": list(paths)}}


def _any_of(kind: str, condition: Mapping[str, Any]) -> list[Any]:
    choices: list[Any] = condition.get("AnyOf") or []
    if not 1 <= len(choices) <= MOST_CHOICES:
        raise Invalid(f"AnyOf of {kind} has from 1 to {MOST_CHOICES} members")
    return choices


def _header(given: Mapping[str, str]) -> Document:
    header, glob = given.get("Header", ""), given.get("ValueGlob", "")
    if not _HEADER.fullmatch(header):
        raise Invalid(f"Invalid header name {header[:128]}")
    if not glob or not _GLOB.fullmatch(glob):
        raise Invalid("ValueGlob must be a value that may begin with a *, end with one, or both")
    return {"Header": header, "ValueGlob": glob}
