from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.addresses import PoolgateAddresses, UnderPrefix, hostname, match_address
from gateway.context import Address
from gateway.snapshot import Api, ApiMapping, Snapshot, Stage

SNAPSHOT = Snapshot.of(
    [
        Api("abc123", "both", {"$default": Stage("$default", ()), "dev": Stage("dev", ())}),
        Api("named1", "named", {"dev": Stage("dev", ())}),
        Api("hidden", "hidden", {"$default": Stage("$default", ())}, execute_api_endpoint=False),
    ],
    {
        "api.example.com": [
            ApiMapping("", "abc123", "$default"),
            ApiMapping("v1", "named1", "dev"),
            ApiMapping("v1/deep", "abc123", "dev"),
        ],
        "only.example.com": [ApiMapping("v1", "hidden", "$default")],
        "*.example.com": [ApiMapping("", "named1", "dev")],
        "*.execute-api.example.org": [ApiMapping("", "named1", "dev")],
        "stages.example.com": [ApiMapping("b", "abc123", ""), ApiMapping("b/c", "named1", "")],
    },
)


@pytest.mark.parametrize(
    ("host", "path", "address"),
    [
        ("abc123.execute-api.localhost:8080", "/dev/pets", Address("abc123", "dev", "/pets")),
        ("ABC123.Execute-Api.Localhost", "/dev", Address("abc123", "dev", "/")),
        ("abc123.execute-api.eu-west-1.localhost", "/dev/", Address("abc123", "dev", "/")),
        ("abc123.execute-api.id.example.net", "/dev/", Address("abc123", "dev", "/")),
        ("abc123.execute-api.eu-west-1.id.example.net", "/dev/", Address("abc123", "dev", "/")),
        ("abc123.execute-api.127.0.0.1:80", "/dev/", Address("abc123", "dev", "/")),
        ("abc123.execute-api.localhost", "/pets", Address("abc123", "$default", "/pets")),
        ("abc123.execute-api.localhost", "/", Address("abc123", "$default", "/")),
        ("abc123.execute-api.localhost.", "/develop", Address("abc123", "$default", "/develop")),
        ("named1.execute-api.localhost", "/pets", Address("named1", None, "/pets")),
        ("nobody.execute-api.localhost", "/pets", Address("nobody", None, "/pets")),
        ("hidden.execute-api.localhost", "/pets", Address("hidden", None, "/pets")),
    ],
)
def test_a_host_leads_to_its_api(host, path, address):
    assert match_address(SNAPSHOT, host, path, server="id.example.net") == address


@pytest.mark.parametrize(
    "host",
    [
        "abc123.execute-api.evil.example",
        "abc123.execute-api.us-east-1.evil.example",
        "abc123.execute-api.example.net",
        "abc123.execute-api.xid.example.net",
        "abc123.execute-api.a.b.id.example.net",
        "abc123.execute-api.id.example.net.evil.example",
        "abc123.execute-api.localhost.evil.example",
        "abc123.execute-api.us-east-1.amazonaws.com",
        "abc123.execute-api.a.example.org",
    ],
)
def test_an_api_is_served_below_the_servers_own_hosts_alone(host):
    """Nor is it anything else of the server's: the host has the gateway's form."""
    assert match_address(SNAPSHOT, host, "/dev/", server="id.example.net") == Address(
        "", None, "/dev/"
    )


@pytest.mark.parametrize(
    ("host", "path", "address", "base_path"),
    [
        ("abc123.execute-api.example.org", "/x", Address("named1", "dev", "/x"), ""),
        ("api.example.com", "/dev/pets", Address("abc123", "$default", "/dev/pets"), ""),
        ("api.example.com:443", "/v1", Address("named1", "dev", "/"), "v1"),
        ("api.example.com", "/v1/pets", Address("named1", "dev", "/pets"), "v1"),
        ("api.example.com", "/v1/deep/pets", Address("abc123", "dev", "/pets"), "v1/deep"),
        ("api.example.com", "/v10", Address("abc123", "$default", "/v10"), ""),
        ("only.example.com", "/v2", Address("", None, "/v2"), ""),
        ("only.example.com", "/v1/x", Address("hidden", "$default", "/x"), "v1"),
        ("any.example.com", "/x", Address("named1", "dev", "/x"), ""),
        ("ANY.example.com.:443", "/x", Address("named1", "dev", "/x"), ""),
        ("stages.example.com", "/b/dev/x", Address("abc123", "dev", "/x"), "b"),
        ("stages.example.com", "/b/dev", Address("abc123", "dev", "/"), "b"),
        ("stages.example.com", "/b/c/dev/x", Address("named1", "dev", "/x"), "b/c"),
        ("stages.example.com", "/b", Address("abc123", None, "/"), "b"),
        ("stages.example.com", "/b/", Address("abc123", None, "/"), "b"),
        ("stages.example.com", "/x", Address("", None, "/x"), ""),
    ],
)
def test_a_custom_domain_leads_to_what_it_maps(host, path, address, base_path):
    found = match_address(SNAPSHOT, host, path)
    assert found == replace(address, domain_path=path, base_path=base_path)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/execute-api/abc123/dev/pets", Address("abc123", "dev", "/pets", True)),
        ("/_aws/execute-api/abc123/dev/pets", Address("abc123", "dev", "/pets", True)),
        ("/_aws/execute-api/abc123/$default/pets", Address("abc123", "$default", "/pets", True)),
        ("/execute-api/abc123/pets", Address("abc123", "$default", "/pets", True)),
        ("/execute-api/abc123", Address("abc123", "$default", "/", True)),
        ("/restapis/abc123/dev/_user_request_/pets", Address("abc123", "dev", "/pets", True)),
        ("/restapis/abc123/dev/_user_request_", Address("abc123", "dev", "/", True)),
        ("/restapis/abc123/none/_user_request_/", Address("abc123", None, "/", True)),
        ("/restapis/hidden/$default/_user_request_/", Address("hidden", None, "/", True)),
        ("/execute-api/hidden/$default/", Address("hidden", None, "/$default/", True)),
        ("/restapis/abc123/dev/pets", None),
        ("/restapis/abc123", None),
        ("/execute-api", None),
        ("/oauth2/token", None),
    ],
)
def test_paths_of_the_main_host_lead_to_apis_only_where_that_is_on(path, address):
    addresses = PoolgateAddresses(path_addresses=True)

    assert addresses(SNAPSHOT, "localhost:8080", path) == address
    assert PoolgateAddresses(path_addresses=False)(SNAPSHOT, "localhost:8080", path) is None


def test_the_host_decides_before_the_path():
    path = "/execute-api/named1/dev/pets"

    address = match_address(SNAPSHOT, "abc123.execute-api.localhost", path, path_addresses=True)

    assert address == Address("abc123", "$default", path)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "execute-api.localhost",
        "a.b.execute-api.x",
        "abc123.execute-api.",
        "[::1]:80",
        "x_y.execute-api.z",
        "example.com",
        "a.b.example.com",
        "*.example.com.other",
        ":80",
    ],
)
def test_other_hosts_are_not_the_gateways(host):
    assert match_address(SNAPSHOT, host, "/dev/pets") is None


@pytest.mark.parametrize(
    ("host", "name"),
    [("A.b:80", "a.b"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a.", "a"), ("a:b", "a:b")],
)
def test_a_host_is_read_without_its_port(host, name):
    assert hostname(host) == name


def test_a_prefix_holds_whole_segments():
    under = UnderPrefix("/api", "x")

    assert under(SNAPSHOT, "h", "/api/a/b") == Address("x", "$default", "/a/b")
    assert under(SNAPSHOT, "h", "/api") == Address("x", "$default", "/")
    assert under(SNAPSHOT, "h", "/apis") is None
    assert UnderPrefix("", "x")(SNAPSHOT, "h", "/a") == Address("x", "$default", "/a")
