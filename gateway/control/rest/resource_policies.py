"""The resource policy of a REST API: which text is one, and the ARNs that its short forms mean.

API Gateway developer guide, "Control access to a REST API with API Gateway resource policies".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.models import Api
from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.policy.resource_based import compile_resource_policy

REFUSED = (
    "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
)
_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
_ACTION = re.compile(r"\*|execute-api:[A-Za-z*?]+")
SHORT = "execute-api:/"
"""What `execute-api:/stage/METHOD/path` begins with, short for the API's own ARN (API Gateway
developer guide, "API Gateway resource policy examples")."""
MOST_LEVELS = 8
"""A condition's values are six levels deep; what has more is no policy."""


def require_policy(api: Api, text: str) -> str:
    """The policy as it is stored, its resources spelled out. Raises `Invalid`."""
    _require_size(text)
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _refused("It is not JSON.") from None
    if not isinstance(document, dict):
        raise _refused("It is not a JSON object.")
    _require_shallow(document)
    statements = [_statement(api, each) for each in _listed(document.get("Statement"))]
    if not statements:
        raise _refused("It has no statement.")
    spelled = {**document, "Statement": statements}
    _require_grammar(spelled)
    stored = json.dumps(spelled)
    _require_size(stored)
    return stored


def escaped(text: str) -> str:
    """A stored policy as AWS answers it: JSON inside a JSON string, without the outer quotes."""
    return json.dumps(text)[1:-1]


def shortened(api: Api, text: str) -> str:
    """A stored policy without its API's id: it means the same for whatever API takes it."""
    return text.replace(_own(api), SHORT)


def _require_size(text: str) -> None:
    if len(text.encode()) > quotas.RESOURCE_POLICY_BYTES:
        raise _refused(f"It may have at most {quotas.RESOURCE_POLICY_BYTES} bytes.")


def _require_shallow(document: Any) -> None:
    """Refuse what nests deeper than any policy does, before anything recurses into it."""
    level = [document]
    for _ in range(MOST_LEVELS):
        level = [inner for each in level for inner in _inner(each)]
    if level:
        raise _refused("It nests too deeply.")


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _statement(api: Api, statement: Any) -> dict[str, Any]:
    if not isinstance(statement, dict):
        raise _refused("A statement is not a JSON object.")
    _require_principal(statement)
    for element in ("Action", "NotAction"):
        for action in _listed(statement.get(element, [])):
            if not isinstance(action, str) or not _ACTION.fullmatch(action):
                raise _refused("Its actions must be those of execute-api.")
    elements = (name for name in ("Resource", "NotResource") if name in statement)
    spelled = {name: [_arn(api, each) for each in _listed(statement[name])] for name in elements}
    return {**statement, **spelled}


def _require_principal(statement: Mapping[str, Any]) -> None:
    given = [statement[name] for name in ("Principal", "NotPrincipal") if name in statement]
    if len(given) != 1:
        raise _refused("Every statement needs a Principal.")
    principal = given[0]
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal or not principal.keys() <= _KINDS:
        raise _refused("A Principal is malformed.")
    for name in (each for value in principal.values() for each in _listed(value)):
        if not isinstance(name, str) or not name:
            raise _refused("A Principal is malformed.")


def _arn(api: Api, resource: Any) -> Any:
    if not isinstance(resource, str) or not resource.startswith(SHORT):
        return resource
    return _own(api) + resource.removeprefix(SHORT)


def _own(api: Api) -> str:
    return f"arn:aws:execute-api:{api.region}:{api.account}:{api.id}/"


def _require_grammar(document: Mapping[str, Any]) -> None:
    try:
        compile_resource_policy(document)
    except MalformedPolicyDocument as error:
        raise _refused(str(error)) from None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _refused(why: str) -> Invalid:
    return Invalid(f"{REFUSED} {why}")
