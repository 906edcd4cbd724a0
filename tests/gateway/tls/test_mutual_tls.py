"""Domains that ask their clients for certificates: who comes in, and what is told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.servers.authority import Authority
from tests.servers.tls_poolgate import TlsPoolgate, ask, client_context, domain, serial_of

CLIENTS = Authority("Clients")


def test_a_client_of_the_trust_store_comes_in_and_is_known(
    server: TlsPoolgate, rest: Any, api_id: str, tmp_path: Path
) -> None:
    domain(rest, "mutual.example.com", api_id, server.trust("one.pem", CLIENTS))
    client = CLIENTS.client("alice")

    answer = ask(server.port, "mutual.example.com", "/", client_context(client, tmp_path))

    assert answer.status == 200
    told = json.loads(answer.body)
    assert told["subject"] == "CN=alice,O=Tests"
    assert told["issuer"] == "CN=Clients,O=Tests"
    assert int(told["serial"].replace(":", ""), 16) == serial_of(client)
    assert told["until"].endswith(" GMT")
    assert told["pem"] == client.chain
    assert x509.load_pem_x509_certificate(told["pem"].encode())


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_functions_are_told_of_the_client(
    server: TlsPoolgate, tmp_path: Path, version: str
) -> None:
    folder = server.instance / "functions"
    folder.mkdir(exist_ok=True)
    (folder / "who.py").write_text(
        "import json\n\n\ndef handler(event, context):\n"
        "    about = event['requestContext']\n"
        "    place = 'authentication' if event['version'] == '2.0' else 'identity'\n"
        "    body = json.dumps(about[place].get('clientCert'))\n"
        "    return {'statusCode': 200, 'body': body}\n"
    )
    http = server.client("apigatewayv2")
    made = http.create_api(
        Name="who", ProtocolType="HTTP", Target="arn:aws:lambda:us-east-1:000000000000:function:who"
    )["ApiId"]
    (integration,) = http.get_integrations(ApiId=made)["Items"]
    http.update_integration(
        ApiId=made, IntegrationId=integration["IntegrationId"], PayloadFormatVersion=version
    )
    name = f"who{version[0]}.example.com"
    http.create_domain_name(
        DomainName=name,
        MutualTlsAuthentication={"TruststoreUri": server.trust("who.pem", CLIENTS)},
    )
    http.create_api_mapping(DomainName=name, ApiId=made, Stage="$default")
    client = CLIENTS.client("carol")

    answer = ask(server.port, name, "/", client_context(client, tmp_path))

    told = json.loads(answer.body)
    assert told["subjectDN"] == "CN=carol,O=Tests"
    assert told["issuerDN"] == "CN=Clients,O=Tests"
    assert told["clientCertPem"] == client.chain
    assert set(told["validity"]) == {"notBefore", "notAfter"}
    assert int(told["serialNumber"].replace(":", ""), 16) == serial_of(client)


def test_without_mutual_tls_nobody_is_known(server: TlsPoolgate, rest: Any, api_id: str) -> None:
    domain(rest, "open.example.com", api_id)

    answer = ask(server.port, "open.example.com", "/")

    assert json.loads(answer.body)["subject"] == ""


def test_mutual_tls_is_turned_on_and_off_from_one_request_to_the_next(
    server: TlsPoolgate, rest: Any, api_id: str, tmp_path: Path
) -> None:
    name = "switched.example.com"
    domain(rest, name, api_id)
    assert ask(server.port, name, "/").status == 200
    uri = {"op": "replace", "path": "/mutualTlsAuthentication/truststoreUri"}
    store = server.trust("two.pem", CLIENTS)

    rest.update_domain_name(domainName=name, patchOperations=[{**uri, "value": store}])

    context = client_context(CLIENTS.client(), tmp_path)
    assert ask(server.port, name, "/", context).status == 200
    rest.update_domain_name(domainName=name, patchOperations=[{**uri, "value": ""}])
    assert ask(server.port, name, "/").status == 200


def test_the_default_endpoint_is_closed_only_where_the_api_says_so(
    server: TlsPoolgate, rest: Any, api_id: str
) -> None:
    host = f"{api_id}.execute-api.localhost"
    assert ask(server.port, "localhost", "/live/", host=host).status == 200

    closed = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    rest.update_rest_api(restApiId=api_id, patchOperations=closed)

    assert ask(server.port, "localhost", "/live/", host=host).status == 403
    again = [{**closed[0], "value": "false"}]
    rest.update_rest_api(restApiId=api_id, patchOperations=again)


def test_a_wildcard_domain_has_mutual_tls_for_all_its_names(
    server: TlsPoolgate, rest: Any, api_id: str, tmp_path: Path
) -> None:
    domain(rest, "*.many.example.com", api_id, server.trust("three.pem", CLIENTS))
    context = client_context(CLIENTS.client("bob"), tmp_path)

    answer = ask(server.port, "a.many.example.com", "/", context)

    assert json.loads(answer.body)["subject"] == "CN=bob,O=Tests"
    same = ask(server.port, "a.many.example.com", "/", context, host="b.many.example.com")
    assert same.status == 200
