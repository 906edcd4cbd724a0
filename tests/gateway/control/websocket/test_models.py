from __future__ import annotations

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid, Missing
from tests.gateway.control.caller import Caller

SCHEMA = '{"type": "object", "properties": {"text": {"type": "string"}}}'


@pytest.fixture
def api_id(caller: Caller) -> str:
    return caller.create_api(
        ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )


def create(caller: Caller, api_id: str, name: str = "Message", schema: str = SCHEMA) -> str:
    made: str = caller("CreateModel", ApiId=api_id, Name=name, Schema=schema)["ModelId"]
    return made


def test_model_is_made_shown_changed_and_deleted(caller: Caller, api_id: str) -> None:
    model = create(caller, api_id)
    named = {"ApiId": api_id, "ModelId": model}

    assert caller("GetModel", **named) == {
        "ContentType": "application/json",
        "ModelId": model,
        "Name": "Message",
        "Schema": SCHEMA,
    }
    assert "$input.json" in caller("GetModelTemplate", **named)["Value"]
    assert caller("UpdateModel", **named, Name="Other", Description="d")["Name"] == "Other"
    caller("DeleteModel", **named)
    with pytest.raises(Missing, match="Invalid Model identifier specified"):
        caller("GetModel", **named)


def test_http_apis_have_no_models(caller: Caller) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid, match="Models are not supported on protocolType HTTP"):
        create(caller, api_id)
    assert caller("GetModels", ApiId=api_id) == {"Items": []}


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("no words", SCHEMA),
        ("Message", "{"),
        ("Message", ""),
        ("Message", '{"type": 1}'),
        ("Message", '{"description": "' + "x" * 32_768 + '"}'),
        ("Message", '{"$ref": "https://apigateway.amazonaws.com/restapis/x/models/Other"}'),
        ("Message", "[" * 40_000),
    ],
)
def test_model_that_no_message_could_have_is_refused(
    caller: Caller, api_id: str, name: str, schema: str
) -> None:
    with pytest.raises(Invalid):
        create(caller, api_id, name, schema)


def test_second_model_of_a_name_is_refused(caller: Caller, api_id: str) -> None:
    create(caller, api_id)
    other = create(caller, api_id, "Other")

    with pytest.raises(Conflicting, match="Model name already exists"):
        create(caller, api_id)
    with pytest.raises(Conflicting, match="Model name already exists"):
        caller("UpdateModel", ApiId=api_id, ModelId=other, Name="Message")


def test_model_that_a_route_uses_stays(caller: Caller, api_id: str) -> None:
    model = create(caller, api_id)
    caller("CreateRoute", ApiId=api_id, RouteKey="send", RequestModels={"$default": "Message"})

    with pytest.raises(Conflicting, match="is referenced in route: send"):
        caller("DeleteModel", ApiId=api_id, ModelId=model)
    with pytest.raises(Conflicting, match="is referenced in route: send"):
        caller("UpdateModel", ApiId=api_id, ModelId=model, Name="Other")
    with pytest.raises(Invalid, match="Invalid model name specified: Unknown"):
        caller("CreateRoute", ApiId=api_id, RouteKey="x", RequestModels={"$default": "Unknown"})


def test_model_that_another_refers_to_stays(caller: Caller, api_id: str) -> None:
    model = create(caller, api_id)
    reference = f"https://apigateway.amazonaws.com/restapis/{api_id}/models/Message"
    create(caller, api_id, "Other", f'{{"$ref": "{reference}"}}')

    with pytest.raises(Conflicting, match="is referenced in model: Other"):
        caller("DeleteModel", ApiId=api_id, ModelId=model)


def test_models_are_as_many_as_the_quota(
    caller: Caller, api_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "MODELS_PER_API", 1)
    create(caller, api_id)

    with pytest.raises(Conflicting, match="The limit is 1"):
        create(caller, api_id, "Other")


def test_models_are_listed_in_pages(caller: Caller, api_id: str) -> None:
    made = {create(caller, api_id, name) for name in ("One", "Two", "Three")}

    first = caller("GetModels", ApiId=api_id, MaxResults="2")
    second = caller("GetModels", ApiId=api_id, NextToken=first["NextToken"])

    assert {each["ModelId"] for each in (*first["Items"], *second["Items"])} == made
    with pytest.raises(Invalid, match="Invalid NextToken"):
        caller("GetModels", ApiId=api_id, NextToken="forged")
