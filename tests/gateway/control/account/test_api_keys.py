from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.control.account.key_values import fingerprint_of
from gateway.control.account.models import ApiKey
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from tests.gateway.control.account.requests import VALUE, patch
from tests.gateway.control.caller import NOON, Caller


def test_a_new_key_has_a_value_and_is_disabled_as_on_aws(rest: Caller) -> None:
    made = rest("CreateApiKey", name="ada", description="of Ada", tags={"team": "a"})

    value = made.pop("value")
    assert len(value) == 40
    assert made == {
        "id": made["id"],
        "name": "ada",
        "description": "of Ada",
        "enabled": False,
        "createdDate": NOON,
        "lastUpdatedDate": NOON,
        "stageKeys": [],
        "tags": {"team": "a"},
    }
    assert rest("GetApiKey", apiKey=made["id"]) == made
    assert rest("GetApiKey", apiKey=made["id"], includeValue=True)["value"] == value
    assert rest("GetApiKeys") == {"items": [made]}
    assert rest("GetApiKeys", includeValues=True)["items"][0]["value"] == value


def test_a_key_may_bring_its_value(rest: Caller) -> None:
    assert rest("CreateApiKey", value=VALUE, generateDistinctId=True)["value"] == VALUE


@pytest.mark.parametrize(
    "value", ["x" * 19, "x" * 129, "é" * 20, "x" * 20 + "\n", " " + "x" * 20, "x\x00" * 10]
)
def test_a_value_is_20_to_128_printable_characters(rest: Caller, value: str) -> None:
    with pytest.raises(Invalid):
        rest("CreateApiKey", value=value)


def test_a_value_exists_once(rest: Caller) -> None:
    rest("CreateApiKey", value=VALUE)

    with pytest.raises(Conflicting, match="API Key already exists"):
        rest("CreateApiKey", value=VALUE)
    with pytest.raises(Conflicting, match="API Key already exists"):
        rest.elsewhere(account="111111111111")("CreateApiKey", value=VALUE)


def test_an_identifier_is_never_the_value(rest: Caller) -> None:
    with pytest.raises(Invalid, match="generateDistinctId"):
        rest("CreateApiKey", generateDistinctId=False)


def test_the_database_holds_no_value(rest: Caller) -> None:
    key_id = rest("CreateApiKey", value=VALUE)["id"]

    row = rest.kernel.database.read(lambda session: session.get(ApiKey, key_id))

    assert VALUE.encode() not in row.sealed
    assert row.fingerprint == fingerprint_of(rest.kernel.sealer, VALUE)
    assert len(row.fingerprint) == 64
    assert VALUE not in repr(row.document)


def test_a_key_is_found_by_the_beginning_of_its_name_or_by_its_customer(rest: Caller) -> None:
    for name, customer in (("ada", "c1"), ("adam", "c2"), ("eve", "c2"), ("a%", "c3")):
        rest("CreateApiKey", name=name, customerId=customer)

    def names(**query: str) -> list[str]:
        return sorted(key["name"] for key in rest("GetApiKeys", **query)["items"])

    assert names(nameQuery="ada") == ["ada", "adam"]
    assert names(nameQuery="a%") == ["a%"]
    assert names(customerId="c2") == ["adam", "eve"]
    assert names(nameQuery="ada", customerId="c2") == ["adam"]
    with pytest.raises(Invalid):
        names(nameQuery="\x00")


def test_lists_come_in_pages(rest: Caller) -> None:
    made = {rest("CreateApiKey", name=f"key {number}")["id"] for number in range(5)}

    first = rest("GetApiKeys", limit=3)
    second = rest("GetApiKeys", limit=3, position=first["position"])

    assert len(first["items"]) == 3
    assert "position" not in second
    assert {key["id"] for key in first["items"] + second["items"]} == made


def test_a_position_is_good_for_its_own_list_alone(rest: Caller) -> None:
    for number in range(3):
        rest("CreateApiKey", name=f"key {number}")
    position = rest("GetApiKeys", limit=1)["position"]

    for wrong in (f"{position}x", "nonsense", "é"):
        with pytest.raises(Invalid, match="position"):
            rest("GetApiKeys", position=wrong)
    with pytest.raises(Invalid, match="position"):
        rest("GetApiKeys", nameQuery="key", position=position)
    with pytest.raises(Invalid, match="position"):
        rest.elsewhere(account="111111111111")("GetApiKeys", position=position)
    with pytest.raises(Invalid, match="limit"):
        rest("GetApiKeys", limit=0)


def test_patches_change_a_key(rest: Caller, api_id: str) -> None:
    key_id = rest("CreateApiKey", name="ada")["id"]

    changed = rest(
        "UpdateApiKey",
        apiKey=key_id,
        patchOperations=[
            patch("/name", "eve"),
            patch("/enabled", "true"),
            patch("/description", "of Eve"),
            patch("/customerId", "c1"),
            patch("/stages", f"{api_id}/prod", "add"),
        ],
    )

    assert (changed["name"], changed["enabled"], changed["customerId"]) == ("eve", True, "c1")
    assert changed["stageKeys"] == [f"{api_id}/prod"]
    assert rest("GetApiKey", apiKey=key_id) == changed
    removed = [patch("/stages", f"{api_id}/prod", "remove")]
    changed = rest("UpdateApiKey", apiKey=key_id, patchOperations=removed)
    assert changed["stageKeys"] == []


@pytest.mark.parametrize(
    "operation",
    [
        patch("/value", VALUE),
        patch("/enabled", "perhaps"),
        patch("/name", "x" * 1025),
        patch("/stages", "nonsense", "add"),
        patch("/stages", "a/b", "remove"),
        patch("/name", op="remove"),
    ],
)
def test_other_patches_are_refused(rest: Caller, operation: dict[str, str]) -> None:
    key_id = rest("CreateApiKey", name="ada")["id"]

    with pytest.raises(Invalid):
        rest("UpdateApiKey", apiKey=key_id, patchOperations=[operation])


def test_a_stage_of_a_key_must_be_the_callers(rest: Caller, api_id: str) -> None:
    stage = {"restApiId": api_id, "stageName": "prod"}

    assert rest("CreateApiKey", stageKeys=[stage])["stageKeys"] == [f"{api_id}/prod"]
    for caller, wrong in (
        (rest, {**stage, "stageName": "none"}),
        (rest.elsewhere(account="111111111111"), stage),
    ):
        with pytest.raises(Missing):
            caller("CreateApiKey", stageKeys=[wrong])


def test_a_deleted_key_is_gone(rest: Caller) -> None:
    key_id = rest("CreateApiKey", name="ada")["id"]

    assert rest("DeleteApiKey", apiKey=key_id) is None

    for operation in ("GetApiKey", "DeleteApiKey"):
        with pytest.raises(Missing):
            rest(operation, apiKey=key_id)


@pytest.mark.parametrize("key_id", ["nobody", "", "x" * 200, "a b", "é", "../x", "\x00"])
def test_an_unknown_key_is_missing(rest: Caller, key_id: str) -> None:
    with pytest.raises(Missing):
        rest("GetApiKey", apiKey=key_id)


def test_keys_belong_to_an_account_and_region(rest: Caller) -> None:
    key_id = rest("CreateApiKey", name="ada")["id"]

    for stranger in (rest.elsewhere(account="111111111111"), rest.elsewhere(region="eu-west-1")):
        assert stranger("GetApiKeys") == {"items": []}
        for operation in ("GetApiKey", "UpdateApiKey", "DeleteApiKey"):
            with pytest.raises(Missing):
                stranger(operation, apiKey=key_id, includeValue=True)


def test_an_account_has_a_quota_of_keys(rest: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.quotas.API_KEYS_PER_ACCOUNT_AND_REGION", 1)
    rest("CreateApiKey", name="ada")

    with pytest.raises(Exceeded):
        rest("CreateApiKey", name="eve")


class TestImport:
    def test_keys_come_from_a_file(self, rest: Caller, api_id: str) -> None:
        plan = rest("CreateUsagePlan", name="gold")["id"]
        other = rest("CreateUsagePlan", name="other")["id"]
        body = (
            "Name,key,description,Enabled,usageplanIds,ignored\r\n"
            f'first,{VALUE}-1,An imported key,TRUE,"{plan}, {other}",x\r\n'
            f"second,{VALUE}-2,,false,{plan},\r\n"
            f"third,{VALUE}-3,,,'{plan},{other}',\r\n\r\n"
        )

        done = rest("ImportApiKeys", body=body.encode(), format="csv", failOnWarnings=True)

        assert done["warnings"] == []
        keys = {key["name"]: key for key in rest("GetApiKeys", includeValues=True)["items"]}
        assert [keys[name]["id"] for name in ("first", "second", "third")] == done["ids"]
        assert [keys[name]["enabled"] for name in ("first", "second", "third")] == [
            True,
            False,
            True,
        ]
        assert keys["second"]["value"] == f"{VALUE}-2"
        assert len(rest("GetUsagePlanKeys", usagePlanId=plan)["items"]) == 3
        assert len(rest("GetUsagePlanKeys", usagePlanId=other)["items"]) == 2

    def test_the_same_value_overwrites(self, rest: Caller) -> None:
        for name in ("old", "new"):
            body = f"key,name\n{VALUE},{name}\n".encode()
            ids = rest("ImportApiKeys", body=body, format="csv")["ids"]

        assert [key["name"] for key in rest("GetApiKeys")["items"]] == ["new"]
        assert rest("GetApiKeys")["items"][0]["id"] == ids[0]

    def test_rows_that_cannot_be_are_warnings(self, rest: Caller) -> None:
        theirs = rest.elsewhere(account="111111111111")
        theirs("CreateApiKey", value=f"{VALUE}-theirs")
        body = (
            "name,key,enabled,usageplanids\n"
            f"good,{VALUE},true,\n"
            "short,tooshort,true,\n"
            f"flag,{VALUE}-2,perhaps,\n"
            f"plan,{VALUE}-3,true,nowhere\n"
            f"taken,{VALUE}-theirs,true,\n"
        ).encode()

        done = rest("ImportApiKeys", body=body, format="csv")

        assert len(done["ids"]) == 1
        assert [warning.split(":")[0] for warning in done["warnings"]] == [
            "Line 3",
            "Line 4",
            "Line 5",
            "Line 6",
        ]
        assert [key["name"] for key in rest("GetApiKeys")["items"]] == ["good"]

    def test_warnings_may_undo_everything(self, rest: Caller) -> None:
        body = f"name,key\ngood,{VALUE}\nshort,x\n".encode()

        with pytest.raises(Invalid, match="Line 3"):
            rest("ImportApiKeys", body=body, format="csv", failOnWarnings=True)

        assert rest("GetApiKeys") == {"items": []}
        assert rest.kernel.database.read(lambda s: s.scalars(select(ApiKey)).all()) == []

    @pytest.mark.parametrize(
        "body", [b"", b"\xff\xfe", b"name,value\na,b\n", b'name,key\n"a"x,b\n', b"x" * 5_000_000]
    )
    def test_what_is_no_such_file_is_refused(self, rest: Caller, body: bytes) -> None:
        with pytest.raises(Invalid):
            rest("ImportApiKeys", body=body, format="csv")
