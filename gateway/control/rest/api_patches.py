"""Which patch operations UpdateRestApi takes."""

from __future__ import annotations

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.control.rest.api_documents import WRONG_COMPRESSION
from gateway.control.rest.patching import (
    Document,
    Flag,
    Item,
    ItemByValue,
    Patch,
    Rule,
    TersePatches,
    Text,
    parent_of,
)


class EndpointType(Rule):
    """The one endpoint type. The last token of its path is the old type or its place; clients
    send both, and AWS looks at the value alone."""

    def apply(self, document: Document, patch: Patch) -> None:
        parent_of(document, patch.tokens[:-1])["types"] = [patch.text()]


class CompressionSize(Rule):
    """A size in bytes; without a value compression is switched off."""

    def apply(self, document: Document, patch: Patch) -> None:
        document.pop(patch.last, None)
        if patch.value:
            document[patch.last] = self._size(patch.value)

    @staticmethod
    def _size(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            raise Invalid(WRONG_COMPRESSION)
        return int(text)


PATCHES = TersePatches(
    Text("/apiKeySource"),
    Item("/binaryMediaTypes/{type}", replaceable=True),
    Text(
        "/description",
        most=quotas.METHOD_TEXT_CHARACTERS,
        removable=True,
        addable=True,
        optional=True,
    ),
    Flag("/disableExecuteApiEndpoint"),
    Text("/endpointAccessMode"),
    Text("/endpointConfiguration/ipAddressType"),
    EndpointType("/endpointConfiguration/types/{type}"),
    ItemByValue("/endpointConfiguration/vpcEndpointIds"),
    CompressionSize("/minimumCompressionSize"),
    Text("/name"),
    Text("/policy", most=8 * quotas.RESOURCE_POLICY_BYTES),
    Text("/securityPolicy"),
)
"""API Reference, "Patch operations", UpdateRestApi."""
