"""Base-path mappings and API mappings: one table, and what paths they lead to."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.addresses import match_address
from gateway.context import Address
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.account.requests import NAME, api_mapping, http_domain, patch
from tests.gateway.control.caller import Caller


@pytest.fixture(autouse=True)
def domain(caller: Caller) -> str:
    http_domain(caller)
    return NAME


def base_path(rest: Caller, api_id: str, **members: Any) -> dict[str, Any]:
    request = {"domainName": NAME, "restApiId": api_id, "stage": "prod", **members}
    made: dict[str, Any] = rest("CreateBasePathMapping", **request)
    return made


class TestBasePaths:
    def test_a_base_path_leads_to_a_stage(
        self, rest: Caller, caller: Caller, api_id: str, served: SnapshotHolder
    ) -> None:
        made = base_path(rest, api_id, basePath="v1")
        bare = base_path(rest, api_id, basePath="(none)", stage="(none)")

        assert made == {"basePath": "v1", "restApiId": api_id, "stage": "prod"}
        assert bare == {"basePath": "(none)", "restApiId": api_id}
        assert rest("GetBasePathMapping", domainName=NAME, basePath="v1") == made
        assert rest("GetBasePathMapping", domainName=NAME, basePath="(none)") == bare
        assert rest("GetBasePathMappings", domainName=NAME) == {"items": [bare, made]}
        assert len(caller("GetApiMappings", DomainName=NAME)["Items"]) == 2
        for path, stage, inner, base in (
            ("/v1/pets", "prod", "/pets", "v1"),
            ("/v1", "prod", "/", "v1"),
            ("/dev/pets", "dev", "/pets", ""),
            ("/dev", "dev", "/", ""),
            ("/v10/pets", "v10", "/pets", ""),
            ("/", None, "/", ""),
        ):
            address = Address(api_id, stage, inner, domain_path=path, base_path=base)
            assert match_address(served.current, NAME, path) == address

    @pytest.mark.parametrize(
        ("members", "error"),
        [
            ({"basePath": "a/b"}, Invalid),
            ({"basePath": "a b"}, Invalid),
            ({"basePath": ".."}, Invalid),
            ({"basePath": "x" * 301}, Invalid),
            ({"stage": "none"}, Invalid),
            ({"restApiId": "nobody"}, Missing),
            ({"domainName": "other.example.com"}, Missing),
            ({"domainNameId": "abc"}, Invalid),
        ],
    )
    def test_what_leads_nowhere_is_refused(
        self, rest: Caller, api_id: str, members: dict[str, Any], error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            base_path(rest, api_id, **members)

    def test_an_http_api_has_no_base_path(self, caller: Caller, rest: Caller) -> None:
        with pytest.raises(Missing):
            base_path(rest, caller.create_api())

    def test_a_base_path_leads_to_one_stage(self, rest: Caller, api_id: str) -> None:
        base_path(rest, api_id, basePath="v1")

        with pytest.raises(Conflicting, match="Base path already exists"):
            base_path(rest, api_id, basePath="v1", stage="dev")

    def test_patches_change_a_mapping(self, rest: Caller, api_id: str) -> None:
        base_path(rest, api_id, basePath="v1")
        base_path(rest, api_id, basePath="v2")

        def update(*operations: dict[str, str], of: str = "v1") -> Any:
            request = {"domainName": NAME, "basePath": of, "patchOperations": list(operations)}
            return rest("UpdateBasePathMapping", **request)

        changed = update(
            patch("/basePath", "v3"), patch("/stage", "dev"), patch("/restapiId", api_id)
        )
        assert changed == {"basePath": "v3", "restApiId": api_id, "stage": "dev"}
        with pytest.raises(Conflicting):
            update(patch("/basePath", "v2"), of="v3")
        for wrong in (
            patch("/basePath", "a/b"),
            patch("/stage", "none"),
            patch("/domainName", "x"),
        ):
            with pytest.raises(Invalid):
                update(wrong, of="v3")
        with pytest.raises(Missing):
            update(patch("/restapiId", "nobody"), of="v3")

    def test_a_deleted_mapping_is_gone(
        self, rest: Caller, api_id: str, served: SnapshotHolder
    ) -> None:
        base_path(rest, api_id, basePath="v1")

        rest("DeleteBasePathMapping", domainName=NAME, basePath="v1")

        assert served.current.domains == {NAME: []}
        for operation in ("GetBasePathMapping", "DeleteBasePathMapping"):
            for name in ("v1", "", "a b", "\x00"):
                with pytest.raises((Missing, Invalid)):
                    rest(operation, domainName=NAME, basePath=name)


class TestApiMappings:
    def test_a_key_may_have_several_levels(
        self, caller: Caller, rest: Caller, api_id: str, served: SnapshotHolder
    ) -> None:
        http = caller.create_api()
        caller("CreateStage", ApiId=http, StageName="$default")
        made = api_mapping(caller, api_id, "orders/v2")
        api_mapping(caller, http, "orders", Stage="$default")

        assert made == {
            "ApiId": api_id,
            "ApiMappingId": made["ApiMappingId"],
            "ApiMappingKey": "orders/v2",
            "Stage": "prod",
        }
        which = {"DomainName": NAME, "ApiMappingId": made["ApiMappingId"]}
        assert caller("GetApiMapping", **which) == made
        shown = rest("GetBasePathMapping", domainName=NAME, basePath="orders/v2")
        assert shown["restApiId"] == api_id
        for path, api, stage, inner, base in (
            ("/orders/v2/1", api_id, "prod", "/1", "orders/v2"),
            ("/orders/v20", http, "$default", "/v20", "orders"),
            ("/orders", http, "$default", "/", "orders"),
            ("/Orders", "", None, "/Orders", ""),
            ("/", "", None, "/", ""),
        ):
            address = Address(api, stage, inner, domain_path=path, base_path=base)
            assert match_address(served.current, NAME, path) == address

    @pytest.mark.parametrize(
        "key", ["/a", "a/", "a//b", "a/../b", ".", "a?b", "é", "a/" * 151, "a b", "\x00"]
    )
    def test_a_key_is_segments(self, caller: Caller, api_id: str, key: str) -> None:
        with pytest.raises(Invalid):
            api_mapping(caller, api_id, key)

    def test_a_mapping_is_changed_and_deleted(self, caller: Caller, api_id: str) -> None:
        made = api_mapping(caller, api_id, "a")["ApiMappingId"]
        other = api_mapping(caller, api_id, "b")["ApiMappingId"]
        which = {"DomainName": NAME, "ApiMappingId": made, "ApiId": api_id}

        changed = caller("UpdateApiMapping", **which, ApiMappingKey="c", Stage="dev")
        assert (changed["ApiMappingKey"], changed["Stage"]) == ("c", "dev")
        assert caller("UpdateApiMapping", **which)["ApiMappingKey"] == "c"
        assert caller("UpdateApiMapping", **which, ApiMappingKey="")["ApiMappingKey"] == ""
        with pytest.raises(Conflicting):
            caller("UpdateApiMapping", **which, ApiMappingKey="b")
        with pytest.raises(Invalid):
            caller("UpdateApiMapping", **which, Stage="none")

        caller("DeleteApiMapping", DomainName=NAME, ApiMappingId=made)
        caller("DeleteApiMapping", DomainName=NAME, ApiMappingId=other)
        assert caller("GetApiMappings", DomainName=NAME) == {"Items": []}
        for operation in ("GetApiMapping", "DeleteApiMapping", "UpdateApiMapping"):
            with pytest.raises(Missing):
                caller(operation, **which)

    def test_nobody_maps_anothers_api_or_domain(self, caller: Caller, api_id: str) -> None:
        stranger = caller.elsewhere(account="111111111111")
        with pytest.raises(Missing):
            api_mapping(stranger, api_id)
        http_domain(stranger, "theirs.example.com", DomainNameConfigurations=[{}])
        with pytest.raises(Missing):
            api_mapping(stranger, api_id, DomainName="theirs.example.com")

    def test_a_domain_has_a_quota_of_mappings(
        self, caller: Caller, api_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gateway.quotas.API_MAPPINGS_PER_DOMAIN", 1)
        api_mapping(caller, api_id, "a")

        with pytest.raises(Exceeded):
            api_mapping(caller, api_id, "b")
