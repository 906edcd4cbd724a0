"""Each of the 227 operations is served, or listed here with the reason why not."""

from __future__ import annotations

from tests.gateway.contract.wire import OPERATIONS, is_served

NOT_YET: dict[str, str] = {
    "ExportApi": "OpenAPI",
    "GetExport": "OpenAPI",
    "GetSdk": "OpenAPI",
    "GetSdkType": "OpenAPI",
    "GetSdkTypes": "OpenAPI",
    "ImportApi": "OpenAPI",
    "ImportRestApi": "OpenAPI",
    "PutRestApi": "OpenAPI",
    "ReimportApi": "OpenAPI",
    "TestInvokeAuthorizer": "calls an authorizer",
    "TestInvokeMethod": "calls a method",
}


def test_there_are_as_many_operations_as_the_models_have() -> None:
    assert len(OPERATIONS) == 124 + 103


def test_every_operation_is_served_or_listed() -> None:
    missing = {each.name for each in OPERATIONS if not is_served(each)}
    assert missing <= NOT_YET.keys()
