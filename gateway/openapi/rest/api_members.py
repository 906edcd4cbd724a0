"""What a document says of a REST API as a whole, by CreateRestApi's members."""

from __future__ import annotations

import json
from typing import Any

from gateway.openapi.extensions import (
    ACCESS_MODE,
    COMPRESSION,
    CORS,
    DOCUMENTATION,
    ENDPOINT,
    GATEWAY_RESPONSES,
    IMPORT_VERSION,
    KEY_SOURCE,
    MEDIA_TYPES,
    POLICY,
    PREFIX,
    SECURITY_POLICY,
    TAG_VALUE,
    VALIDATOR,
    VALIDATORS,
)
from gateway.openapi.node import Node
from gateway.openapi.rest.values import Members, Part

KNOWN = frozenset(
    {
        KEY_SOURCE,
        MEDIA_TYPES,
        COMPRESSION,
        POLICY,
        ENDPOINT,
        SECURITY_POLICY,
        ACCESS_MODE,
        VALIDATORS,
        VALIDATOR,
        GATEWAY_RESPONSES,
        DOCUMENTATION,
        IMPORT_VERSION,
    }
)


def api_members(document: Node) -> Members:
    """CreateRestApi's members, and nothing that was not said."""
    info = document.member("info")
    members: Members = {
        "name": info.text("title"),
        "description": info.text("description"),
        "version": info.text("version"),
        "apiKeySource": document.text(KEY_SOURCE).upper(),
        "policy": _policy(document),
        "securityPolicy": document.text(SECURITY_POLICY),
        "endpointAccessMode": document.text(ACCESS_MODE),
        "binaryMediaTypes": document.texts(MEDIA_TYPES),
        "minimumCompressionSize": document.member(COMPRESSION).value,
        "tags": _tags(document),
        **_endpoint(document),
    }
    if not members["name"]:
        info.member("title").fault("an API needs a title")
    _note_unknown(document)
    return {name: value for name, value in members.items() if value not in ("", None, [], {})}


def named_parts(document: Node, extension: str) -> dict[str, Part]:
    """The validators or gateway responses of a document by their names."""
    found = {}
    for name, node in document.members(extension):
        if isinstance(node.value, dict):
            given = {key: value for key, value in node.value.items() if value is not None}
            found[name] = Part(_with_text_status(given), node.path)
        else:
            node.fault("it must be an object")
    return found


def _with_text_status(members: Members) -> Members:
    status = members.get("statusCode")
    if isinstance(status, int) and not isinstance(status, bool):
        return {**members, "statusCode": str(status)}
    return members


def _policy(document: Node) -> str:
    policy = document.member(POLICY).value
    if isinstance(policy, str) or policy is None:
        return policy or ""
    return json.dumps(policy)


def _tags(document: Node) -> dict[str, str]:
    """Tags of the document that have a value are those of the API."""
    return {
        tag.text("name"): tag.text(TAG_VALUE)
        for tag in document.elements("tags")
        if tag.has(TAG_VALUE)
    }


def _endpoint(document: Node) -> Members:
    """`x-amazon-apigateway-endpoint-configuration`, also where a server of the document has it."""
    members: Members = {}
    holders = [document, *(document.elements("servers") if document.has("servers") else ())]
    for holder in holders:
        if not holder.has(ENDPOINT):
            continue
        node = holder.member(ENDPOINT)
        if not isinstance(node.value, dict):
            node.fault("it must be an object")
            continue
        given: dict[str, Any] = dict(node.value)
        if "disableExecuteApiEndpoint" in given:
            given.pop("disableExecuteApiEndpoint")
            members["disableExecuteApiEndpoint"] = node.flag("disableExecuteApiEndpoint")
        if given:
            members["endpointConfiguration"] = given
    return members


def _note_unknown(document: Node) -> None:
    for name, node in document.members():
        if name == CORS:
            node.warn("it is for HTTP APIs, and is left out: methods OPTIONS answer for REST APIs")
        elif name.startswith(PREFIX) and name not in KNOWN:
            node.warn("it is not known of an API, and is left out")
    version = document.text(IMPORT_VERSION)
    if version not in ("", "1.0"):
        document.member(IMPORT_VERSION).fault("the only version is 1.0")
