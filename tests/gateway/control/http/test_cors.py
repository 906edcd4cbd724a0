from __future__ import annotations

import pytest

from gateway.control.errors import Invalid
from gateway.snapshot import Cors, SnapshotHolder
from tests.gateway.control.caller import Caller


def test_cors_configuration_is_served_until_it_is_deleted(
    caller: Caller, served: SnapshotHolder
) -> None:
    configuration = {
        "AllowOrigins": ["https://app.example:8443", "http://localhost:3000"],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["Authorization", "x-trace"],
        "ExposeHeaders": ["x-trace"],
        "AllowCredentials": True,
        "MaxAge": 600,
    }
    made = caller("CreateApi", Name="pets", ProtocolType="HTTP", CorsConfiguration=configuration)
    assert made["CorsConfiguration"] == configuration
    assert served.current.apis[made["ApiId"]].cors == Cors(
        allow_origins=("https://app.example:8443", "http://localhost:3000"),
        allow_methods=("GET", "POST"),
        allow_headers=("Authorization", "x-trace"),
        expose_headers=("x-trace",),
        allow_credentials=True,
        max_age=600,
    )

    caller("DeleteCorsConfiguration", ApiId=made["ApiId"])

    assert "CorsConfiguration" not in caller("GetApi", ApiId=made["ApiId"])
    assert served.current.apis[made["ApiId"]].cors is None


@pytest.mark.parametrize("origin", ["*", "https://*", "http://*"])
def test_every_site_may_not_read_answers_made_with_cookies(caller: Caller, origin: str) -> None:
    configuration = {"AllowOrigins": [origin], "AllowCredentials": True}

    with pytest.raises(Invalid, match="allow-credentials is not supported if 'allow-origin' is"):
        caller.create_api(CorsConfiguration=configuration)
    caller.create_api(CorsConfiguration={"AllowOrigins": [origin]})


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "app.example",
        "https://app.example/",
        "https://app.example/path",
        "https://*.example",
        "https://user@app.example",
        "https://app.example:x",
        "https://app.example\r\nx: y",
        "HTTPS://app.example",
        "https://",
    ],
)
def test_origin_that_no_browser_sends_is_refused(caller: Caller, origin: str) -> None:
    with pytest.raises(Invalid, match="Invalid format for origin"):
        caller.create_api(CorsConfiguration={"AllowOrigins": [origin]})


@pytest.mark.parametrize(
    "configuration",
    [
        {"AllowMethods": ["get"]},
        {"AllowMethods": ["CONNECT"]},
        {"AllowHeaders": ["a b"]},
        {"AllowHeaders": ["x\r\ny"]},
        {"ExposeHeaders": [""]},
        {"AllowHeaders": [f"x{n}" for n in range(101)]},
    ],
)
def test_lists_hold_methods_and_field_names(
    caller: Caller, configuration: dict[str, object]
) -> None:
    with pytest.raises(Invalid, match="CORS"):
        caller.create_api(CorsConfiguration=configuration)
