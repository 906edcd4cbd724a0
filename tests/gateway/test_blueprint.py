from __future__ import annotations

import json
import subprocess
import sys

import pytest
from flask import Flask, g

from gateway.blueprint import Gateway, Throttle, Upstream
from gateway.route_tree import InvalidRouteKey
from tests.gateway.conftest import ISSUER, ok


def test_a_call_with_a_token_reaches_the_upstream(gateway, http_echo, tokens):
    server = gateway({"GET /pets/{id}": f"{http_echo}/animals/{{id}}"}, prefix="/api")

    answer = server.get("/api/pets/7?color=red", token=tokens.access())

    assert answer.status == 200
    assert answer.json["path"] == "/animals/7?color=red"
    assert answer.header("apigw-requestid")


def test_why_a_call_failed_is_logged(gateway, tokens, caplog):
    server = gateway({"GET /pets": "http://127.0.0.1:9/"})

    answer = server.get("/pets", token=tokens.access())

    assert answer.status == 503
    (entry,) = [each for each in caplog.records if each.name == "poolgate.gateway.failures"]
    event, _, members = entry.getMessage().partition(" ")
    assert (event, entry.levelname) == ("api_request_failed", "WARNING")
    told = json.loads(members)
    assert told["request_id"] == answer.header("apigw-requestid")
    assert (told["route"], told["kind"]) == ("GET /pets", "INTEGRATION_FAILURE")


def test_a_call_without_a_token_is_refused(gateway, http_echo):
    server = gateway({"GET /pets": f"{http_echo}/"})

    answer = server.get("/pets")

    assert answer.status == 401
    assert answer.json == {"message": "Unauthorized"}
    assert answer.header("www-authenticate") == "Bearer"


def test_a_public_route_needs_no_token(gateway, http_echo):
    server = gateway({"GET /status": Upstream(f"{http_echo}/status", public=True)})

    assert server.get("/status").status == 200


def test_other_paths_stay_the_applications(gateway, http_echo):
    server = gateway({"ANY /{proxy+}": f"{http_echo}/{{proxy}}"}, prefix="/api")

    assert server.get("/own").body == b"the application's own"
    assert server.get("/apiary").status == 404
    assert server.get("/api").json == {"message": "Not Found"}


def test_a_registered_blueprint_serves_inside_the_application(
    serve, make_gateway, http_echo, tokens
):
    gateway = make_gateway({"ANY /{proxy+}": f"{http_echo}/{{proxy}}"}, prefix="/api")
    app = Flask("host")
    app.register_blueprint(gateway.blueprint)
    app.before_request(lambda: setattr(g, "seen", "yes"))
    app.after_request(lambda response: (response.headers.set("x-seen", g.seen), response)[1])
    server = serve(app)

    answer = server.request("POST", "/api/a%2Fb?c=d", token=tokens.access(), body=b"hello")

    assert answer.json["path"] == "/a%2Fb?c=d"
    assert answer.json["body"] == "hello"
    assert answer.header("x-seen") == "yes"
    assert server.get("/api/x").status == 401
    assert server.request("OPTIONS", "/api/x").status == 401


def test_a_mounted_application_keeps_its_prefix_out_of_paths(
    serve, make_gateway, http_echo, tokens
):
    gateway = make_gateway({"ANY /{proxy+}": f"{http_echo}/{{proxy}}"}, prefix="/api")
    app = Flask("host")
    gateway.init_app(app)

    def mounted(environ, start_response):
        environ["SCRIPT_NAME"] = "/mount"
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/mount")
        return app.wsgi_app(environ, start_response)

    server = serve(mounted)

    assert server.get("/mount/api/x%2Fy", token=tokens.access()).json["path"] == "/x%2Fy"


def test_a_rewritten_path_wins_over_the_raw_one(serve, make_gateway, http_echo):
    """Middleware that changed PATH_INFO meant it: the raw target must not lead elsewhere."""
    gateway = make_gateway({"ANY /{proxy+}": Upstream(f"{http_echo}/{{proxy}}", public=True)})

    def rewriting(environ, start_response):
        environ["PATH_INFO"] = "/rewritten path"
        return gateway.data_plane(environ, start_response)

    assert serve(rewriting).get("/admin%2Fx").json["path"] == "/rewritten%20path"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "client_ids"),
        ({"client_ids": []}, "client_ids"),
        ({"client_ids": "client"}, "list"),
        ({"client_ids": [""]}, "list"),
        ({"client_ids": ["c"], "allow_any_client": True}, "allow_any_client"),
        ({"client_ids": ["c"], "prefix": "api"}, "prefix"),
        ({"client_ids": ["c"], "prefix": "/api/"}, "prefix"),
        ({"client_ids": ["c"], "prefix": "/../api"}, "dot segments"),
        ({"client_ids": ["c"], "routes": {"GET /": "ftp://x/"}}, "http"),
        ({"client_ids": ["c"], "routes": {"GET /": "http://user:pw@x/"}}, "credentials"),
        ({"client_ids": ["c"], "routes": {"GET /{x}": "http://{x}.example/"}}, "host"),
    ],
)
def test_what_could_not_be_served_safely_is_refused_at_the_start(options, words):
    with pytest.raises(ValueError, match=words):
        Gateway(**{"issuer": ISSUER, "routes": {"GET /": "http://x/"}, **options})


@pytest.mark.parametrize("key", ["GET", "GET pets", "FETCH /", "GET /{a+}/b", "GET /{a}/{a}", "/"])
def test_a_malformed_route_key_is_refused(key):
    with pytest.raises(InvalidRouteKey):
        Gateway(issuer=ISSUER, client_ids=["c"], routes={key: "http://x/"})


@pytest.mark.parametrize(
    "options",
    [{"scopes": "a b"}, {"public": True, "scopes": ["a"]}, {"timeout": 901}, {"timeout": 0}],
)
def test_a_contradictory_upstream_is_refused(options):
    with pytest.raises(ValueError, match=r"scopes|timeout"):
        Upstream("http://x/", **options)


def test_the_blueprint_imports_neither_a_database_nor_gevent():
    script = (
        "import sys, gateway.blueprint\n"
        "heavy = {'sqlalchemy', 'gevent', 'redis', 'psycopg', 'botocore', 'idp', 'poolgate'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_a_throttled_route_says_so(gateway, upstream, tokens):
    target = upstream(ok())
    server = gateway({"GET /": Upstream(target.url, throttle=Throttle(rate=0.001, burst=2))})

    statuses = [server.get("/", token=tokens.access()).status for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert len(target.requests) == 2


@pytest.mark.parametrize(
    "path", ["/api/%2e%2e/own", "/api/../own", "/api/..%2f..%2fown", "/api/a%5cb", "/%61pi/../own"]
)
def test_a_refused_path_below_the_prefix_never_reaches_the_application(
    serve, make_gateway, http_echo, path
):
    app = Flask("host")
    app.add_url_rule("/<path:rest>", view_func=lambda rest: f"caught {rest}", endpoint="catch_all")
    gateway = make_gateway(
        {"ANY /{proxy+}": Upstream(f"{http_echo}/{{proxy}}", public=True)}, prefix="/api"
    )
    gateway.init_app(app)

    answer = serve(app).get(path)

    assert answer.status == 404
    assert answer.json == {"message": "Not Found"}


@pytest.mark.parametrize("issuer", ["nope", "ftp://id.example.com", "https://", "https://a/?b"])
def test_an_issuer_whose_keys_cannot_be_fetched_is_refused(issuer):
    with pytest.raises(ValueError, match="issuer must be"):
        Gateway(issuer=issuer, client_ids=["one"], routes={})


@pytest.mark.parametrize("uri", ["http://127.0.0.1/{nope}", "http://127.0.0.1/?a={nope}"])
def test_a_uri_that_needs_what_the_path_lacks_is_refused(uri):
    with pytest.raises(ValueError, match=r"GET /pets/\{id\}: the path has no variable nope"):
        Gateway(issuer=ISSUER, client_ids=["one"], routes={"GET /pets/{id}": uri})


def test_a_wrong_uri_is_named_by_its_route():
    with pytest.raises(ValueError, match=r"GET /pets: the URI must be http or https"):
        Gateway(issuer=ISSUER, client_ids=["one"], routes={"GET /pets": "ftp://127.0.0.1/"})
