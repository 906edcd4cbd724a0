"""Custom domain names, which both planes show in their own form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import domains
from gateway.control.account.host_names import OtherHosts
from gateway.control.account.models import AccountPart, Domain
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.account.requests import (
    CERTIFICATE,
    CONFIGURATION,
    NAME,
    OTHER,
    http_domain,
    issued,
    patch,
)
from tests.gateway.control.caller import NOON, Caller
from tests.servers.authority import Authority

REGIONAL = {"types": ["REGIONAL"]}


def rest_domain(rest: Caller, name: str = NAME, **members: Any) -> dict[str, Any]:
    request = {"regionalCertificateArn": CERTIFICATE, "endpointConfiguration": REGIONAL, **members}
    made: dict[str, Any] = rest("CreateDomainName", domainName=name, **request)
    return made


class TestHttp:
    def test_a_new_domain_has_the_defaults_of_aws(self, caller: Caller) -> None:
        made = http_domain(caller, Tags={"a": "b"})

        target = made["DomainNameConfigurations"][0]["ApiGatewayDomainName"]
        assert made == {
            "ApiMappingSelectionExpression": "$request.basepath",
            "DomainName": NAME,
            "DomainNameArn": f"arn:aws:apigateway:us-east-1::/domainnames/{NAME}",
            "DomainNameConfigurations": [
                {
                    "ApiGatewayDomainName": target,
                    "CertificateArn": CERTIFICATE,
                    "DomainNameStatus": "AVAILABLE",
                    "EndpointType": "REGIONAL",
                    "IpAddressType": "ipv4",
                    "SecurityPolicy": "TLS_1_2",
                }
            ],
            "RoutingMode": "API_MAPPING_ONLY",
            "Tags": {"a": "b"},
        }
        assert caller("GetDomainName", DomainName=NAME.upper()) == made
        assert caller("GetDomainNames") == {"Items": [made]}

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "localhost",
            "example",
            "api.example.com.",
            "10.0.0.1",
            "-a.example.com",
            "a..example.com",
            "a_b.example.com",
            "*.*.example.com",
            "a.*.example.com",
            "x" * 64 + ".example.com",
            "api.éxample.com",
            "api.example.com:443",
            "api.example.com/x",
            "abc.execute-api.localhost",
            "*.execute-api.localhost",
            "login.auth.us-east-1.localhost",
            "*.auth.us-east-1.localhost",
        ],
    )
    def test_names_that_are_none_or_this_servers_are_refused(
        self, caller: Caller, name: str
    ) -> None:
        with pytest.raises(Invalid):
            http_domain(caller, name)

    def test_nobody_takes_the_host_where_people_sign_in(self, caller: Caller) -> None:
        settings = replace(caller.kernel.settings, public_url="https://id.example.com")
        ours = replace(caller, kernel=replace(caller.kernel, settings=settings))
        ours.kernel.provide(OtherHosts(lambda _session, name: name == "login.example.org"))

        for name in ("id.example.com", "ID.example.com", "*.example.com", "login.example.org"):
            with pytest.raises(Invalid, match="belongs to this server"):
                http_domain(ours, name)
        http_domain(ours, "api.example.com")

    @pytest.mark.parametrize(
        "members",
        [
            {"DomainNameConfigurations": [CONFIGURATION, CONFIGURATION]},
            {"DomainNameConfigurations": [{"CertificateArn": "nonsense"}]},
            {"DomainNameConfigurations": [{**CONFIGURATION, "SecurityPolicy": "TLS_1_0"}]},
            {"DomainNameConfigurations": [{**CONFIGURATION, "EndpointType": "PRIVATE"}]},
            {"DomainNameConfigurations": [{**CONFIGURATION, "IpAddressType": "ipv6"}]},
            {"RoutingMode": "OTHER"},
            {"MutualTlsAuthentication": {"TruststoreUri": "http://x"}},
            {"Tags": {"aws:a": "b"}},
        ],
    )
    def test_settings_that_could_not_hold_are_refused(
        self, caller: Caller, members: dict[str, Any]
    ) -> None:
        with pytest.raises(Invalid):
            http_domain(caller, **members)

    def test_a_name_belongs_to_one_account(self, caller: Caller) -> None:
        http_domain(caller)
        stranger = caller.elsewhere(account="111111111111")

        with pytest.raises(Conflicting):
            http_domain(stranger)
        assert stranger("GetDomainNames") == {"Items": []}
        for operation in ("GetDomainName", "UpdateDomainName", "DeleteDomainName"):
            with pytest.raises(Missing):
                stranger(operation, DomainName=NAME)

    def test_an_update_changes_what_it_names(self, caller: Caller) -> None:
        made = http_domain(caller)
        target = made["DomainNameConfigurations"][0]["ApiGatewayDomainName"]
        mutual = {"TruststoreUri": "s3://bucket/ca.pem", "TruststoreVersion": "1"}

        changed = caller(
            "UpdateDomainName",
            DomainName=NAME,
            DomainNameConfigurations=[{"CertificateArn": OTHER}],
            MutualTlsAuthentication=mutual,
            RoutingMode="ROUTING_RULE_ONLY",
        )

        configured = changed["DomainNameConfigurations"][0]
        assert configured["CertificateArn"] == OTHER
        assert configured["ApiGatewayDomainName"] == target
        assert changed["MutualTlsAuthentication"] == mutual
        assert changed["RoutingMode"] == "ROUTING_RULE_ONLY"
        off = caller(
            "UpdateDomainName", DomainName=NAME, MutualTlsAuthentication={"TruststoreUri": ""}
        )
        assert "MutualTlsAuthentication" not in off
        assert off["DomainNameConfigurations"] == [configured]

    def test_a_deleted_domain_is_gone_with_its_mappings(
        self, caller: Caller, api_id: str, served: SnapshotHolder
    ) -> None:
        http_domain(caller)
        caller("CreateApiMapping", DomainName=NAME, ApiId=api_id, Stage="prod")
        assert list(served.current.domains) == [NAME]

        caller("DeleteDomainName", DomainName=NAME)

        assert dict(served.current.domains) == {}
        http_domain(caller)
        assert served.current.domains == {NAME: []}

    def test_an_account_has_a_quota_of_domains(
        self, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gateway.quotas.CUSTOM_DOMAINS_PER_ACCOUNT_AND_REGION", 1)
        http_domain(caller)

        with pytest.raises(Exceeded):
            http_domain(caller, "other.example.com")


class TestRest:
    def test_a_domain_is_shown_in_both_forms(self, caller: Caller, rest: Caller) -> None:
        made = rest_domain(rest, tags={"a": "b"}, securityPolicy="TLS_1_2")

        target = made["regionalDomainName"]
        assert made == {
            "domainName": NAME,
            "domainNameArn": f"arn:aws:apigateway:us-east-1::/domainnames/{NAME}",
            "domainNameStatus": "AVAILABLE",
            "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
            "regionalCertificateArn": CERTIFICATE,
            "regionalDomainName": target,
            "routingMode": "BASE_PATH_MAPPING_ONLY",
            "securityPolicy": "TLS_1_2",
            "tags": {"a": "b"},
        }
        assert rest("GetDomainName", domainName=NAME) == made
        assert rest("GetDomainNames") == {"items": [made]}
        other = caller("GetDomainName", DomainName=NAME)
        assert other["DomainNameConfigurations"][0]["ApiGatewayDomainName"] == target
        http_domain(caller, "second.example.com", RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
        second = rest("GetDomainName", domainName="second.example.com")
        assert second["routingMode"] == "ROUTING_RULE_THEN_BASE_PATH_MAPPING"

    def test_a_domain_without_a_certificate_says_what_serves(
        self, caller: Caller, rest: Caller
    ) -> None:
        made = rest_domain(rest, regionalCertificateArn="")

        assert made["domainNameStatus"] == "AVAILABLE"
        assert made["domainNameStatusMessage"].endswith("or else the server's own certificate")
        (configured,) = caller("GetDomainName", DomainName=NAME)["DomainNameConfigurations"]
        assert configured["DomainNameStatusMessage"] == made["domainNameStatusMessage"]
        path = "/regionalCertificateArn"
        operations = [{"op": "replace", "path": path, "value": CERTIFICATE}]
        named = rest("UpdateDomainName", domainName=NAME, patchOperations=operations)
        assert "domainNameStatusMessage" not in named

    def test_an_edge_domain_is_served_too(self, rest: Caller) -> None:
        made = rest("CreateDomainName", domainName=NAME, certificateArn=CERTIFICATE)

        assert made["endpointConfiguration"]["types"] == ["EDGE"]
        assert made["certificateArn"] == CERTIFICATE
        assert "distributionDomainName" in made

    def test_patches_change_every_part(self, rest: Caller) -> None:
        rest_domain(rest)

        changed = rest(
            "UpdateDomainName",
            domainName=NAME,
            patchOperations=[
                patch("/regionalCertificateArn", OTHER),
                patch("/regionalCertificateName", "ours"),
                patch("/routingMode", "ROUTING_RULE_ONLY"),
                patch("/endpointConfiguration/ipAddressType", "dualstack"),
                patch("/mutualTlsAuthentication/truststoreUri", "s3://bucket/ca.pem"),
                patch("/mutualTlsAuthentication/truststoreVersion", "2"),
                patch("/ownershipVerificationCertificateArn", CERTIFICATE),
            ],
        )

        assert changed["regionalCertificateArn"] == OTHER
        assert changed["regionalCertificateName"] == "ours"
        assert changed["routingMode"] == "ROUTING_RULE_ONLY"
        assert changed["endpointConfiguration"]["ipAddressType"] == "dualstack"
        mutual = {"truststoreUri": "s3://bucket/ca.pem", "truststoreVersion": "2"}
        assert changed["mutualTlsAuthentication"] == mutual
        assert changed["ownershipVerificationCertificateArn"] == CERTIFICATE
        edge = rest(
            "UpdateDomainName",
            domainName=NAME,
            patchOperations=[
                patch("/mutualTlsAuthentication/truststoreUri", ""),
                patch("/endpointConfiguration/types/REGIONAL", "EDGE"),
            ],
        )
        assert (edge["endpointConfiguration"]["types"], edge["certificateArn"]) == (["EDGE"], OTHER)
        assert "mutualTlsAuthentication" not in edge

    @pytest.mark.parametrize(
        "operation",
        [
            patch("/domainName", "other.example.com"),
            patch("/regionalCertificateArn", "nonsense"),
            patch("/securityPolicy", "TLS_1_0"),
            patch("/routingMode", "API_MAPPING_ONLY"),
            patch("/endpointConfiguration/types/EDGE", "REGIONAL"),
            patch("/endpointConfiguration/types/REGIONAL", "PRIVATE"),
            patch("/policy", "{}"),
            patch("/certificateBody", "x"),
            patch("/certificatePrivateKey", "x"),
            patch("/mutualTlsAuthentication/truststoreUri", "file:///etc/passwd"),
        ],
    )
    def test_other_patches_are_refused(self, rest: Caller, operation: dict[str, str]) -> None:
        before = rest_domain(rest)

        with pytest.raises(Invalid):
            rest("UpdateDomainName", domainName=NAME, patchOperations=[operation])

        assert rest("GetDomainName", domainName=NAME) == before

    @pytest.mark.parametrize(
        "members",
        [
            {"endpointConfiguration": {"types": ["PRIVATE"]}, "regionalCertificateArn": None},
            {"endpointConfiguration": {"types": ["REGIONAL", "EDGE"]}},
            {"endpointConfiguration": {**REGIONAL, "vpcEndpointIds": ["vpce-1"]}},
            {"certificateArn": CERTIFICATE},
            {"policy": "{}"},
            {"endpointAccessMode": "STRICT"},
            {"securityPolicy": "TLS_1_0"},
            {"securityPolicy": "SecurityPolicy_TLS13_1_3_FIPS_2025_09"},
            {"routingMode": "API_MAPPING_ONLY"},
            {"mutualTlsAuthentication": {"truststoreUri": "x"}},
        ],
    )
    def test_what_needs_a_vpc_or_is_none_is_refused(
        self, rest: Caller, members: dict[str, Any]
    ) -> None:
        with pytest.raises(Invalid):
            rest_domain(rest, **members)

    def test_private_domains_are_not_here(self, rest: Caller) -> None:
        rest_domain(rest)

        with pytest.raises(Invalid):
            rest("GetDomainName", domainName=NAME, domainNameId="abc123")
        with pytest.raises(Invalid):
            rest(
                "CreateDomainNameAccessAssociation",
                domainNameArn="arn",
                accessAssociationSourceType="VPCE",
                accessAssociationSource="vpce-1",
            )
        assert rest("GetDomainNameAccessAssociations") == {"items": []}
        assert rest("GetDomainNames", resourceOwner="OTHER_ACCOUNTS") == {"items": []}
        for operation in ("Delete", "Reject"):
            with pytest.raises(Missing):
                rest(f"{operation}DomainNameAccessAssociation", domainNameAccessAssociationArn="a")


class TestUploads:
    def upload(self, rest: Caller, **members: Any) -> dict[str, Any]:
        body, key = issued()
        given = {"certificateBody": body, "certificatePrivateKey": key, **members}
        made: dict[str, Any] = rest(
            "CreateDomainName", domainName=NAME, endpointConfiguration=REGIONAL, **given
        )
        return made

    def row(self, rest: Caller) -> Domain:
        row = rest.kernel.database.read(lambda session: session.get(Domain, NAME))
        assert row is not None
        return row

    def test_a_certificate_is_kept_and_its_key_sealed(self, rest: Caller) -> None:
        body, key = issued()

        made = self.upload(
            rest, certificateBody=body, certificatePrivateKey=key, certificateChain=body
        )

        assert made["certificateUploadDate"] == NOON
        assert not {"certificateBody", "certificatePrivateKey", "UploadedCertificate"} & set(made)
        row = self.row(rest)
        assert row.document["UploadedCertificate"] == {"Body": body, "Chain": body}
        assert "PRIVATE KEY" not in repr(row.document)
        assert row.sealed is not None
        assert b"PRIVATE KEY" not in row.sealed
        assert domains.private_key_of(rest.kernel.sealer, row) == key.encode()

    def test_a_certificate_is_replaced_with_its_key(self, rest: Caller, caller: Caller) -> None:
        self.upload(rest)
        caller("UpdateDomainName", DomainName=NAME, RoutingMode="ROUTING_RULE_ONLY")
        body, key = issued()

        rest(
            "UpdateDomainName",
            domainName=NAME,
            patchOperations=[
                patch("/certificateBody", body),
                patch("/certificatePrivateKey", key),
            ],
        )

        row = self.row(rest)
        assert row.document["UploadedCertificate"]["Body"] == body
        assert row.document["RoutingMode"] == "ROUTING_RULE_ONLY"
        assert domains.private_key_of(rest.kernel.sealer, row) == key.encode()

    def test_other_patches_keep_it_and_an_arn_takes_its_place(self, rest: Caller) -> None:
        self.upload(rest)
        before = self.row(rest)
        rest(
            "UpdateDomainName",
            domainName=NAME,
            patchOperations=[patch("/routingMode", "ROUTING_RULE_ONLY")],
        )
        assert self.row(rest).sealed == before.sealed

        rest(
            "UpdateDomainName",
            domainName=NAME,
            patchOperations=[patch("/regionalCertificateArn", CERTIFICATE)],
        )

        row = self.row(rest)
        assert row.sealed is None
        assert "UploadedCertificate" not in row.document

    @pytest.mark.parametrize(
        "wrong", ["other key", "expired", "no key", "no certificate", "both", "other name"]
    )
    def test_what_could_not_serve_is_refused(self, rest: Caller, wrong: str) -> None:
        body, key = issued()
        members = {
            "other key": {"certificateBody": body, "certificatePrivateKey": issued()[1]},
            "expired": dict(
                zip(("certificateBody", "certificatePrivateKey"), issued(-1), strict=True)
            ),
            "no key": {"certificateBody": body, "certificatePrivateKey": None},
            "no certificate": {"certificateBody": "x", "certificatePrivateKey": key},
            "both": {"regionalCertificateArn": CERTIFICATE},
            "other name": dict(
                zip(
                    ("certificateBody", "certificatePrivateKey"),
                    issued(name="*.api.example.com"),
                    strict=True,
                )
            ),
        }[wrong]

        with pytest.raises(Invalid) as refused:
            self.upload(rest, **members)

        assert "PRIVATE KEY" not in str(refused.value)


class TestCertificates:
    def test_whoever_does_not_know_tls_1_3_alone_does_not_turn_it_off(
        self, caller: Caller, rest: Caller
    ) -> None:
        rest_domain(rest, securityPolicy="SecurityPolicy_TLS13_1_3_2025_09")

        changed = caller(
            "UpdateDomainName",
            DomainName=NAME,
            DomainNameConfigurations=[{"CertificateArn": OTHER}],
        )

        (configured,) = changed["DomainNameConfigurations"]
        assert configured["CertificateArn"] == OTHER
        assert "SecurityPolicy" not in configured
        shown = rest("GetDomainName", domainName=NAME)
        assert shown["securityPolicy"] == "SecurityPolicy_TLS13_1_3_2025_09"

    @pytest.mark.parametrize("curve", [ec.SECP256K1(), ec.SECP192R1()])
    def test_keys_that_tls_does_not_use_are_refused(
        self, caller: Caller, instance: Path, curve: Any
    ) -> None:
        key = ec.generate_private_key(curve)
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (instance / "certificates" / "0123-4567.key").write_bytes(text)

        with pytest.raises(Invalid, match="needs a key in PEM"):
            http_domain(caller)

    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:acm:us-east-1:000000000000:certificate/missing",
            "arn:aws:acm:us-east-1:000000000000:certificate/..",
            "arn:aws:acm:us-east-1:000000000000:certificate/../../poolgate",
            "arn:aws:acm:us-east-1:111111111111:certificate/0123-4567",
            "arn:aws:iam::000000000000:server-certificate/0123-4567",
        ],
    )
    def test_an_arn_must_mean_a_certificate_that_is_here(self, caller: Caller, arn: str) -> None:
        with pytest.raises(Invalid):
            http_domain(caller, DomainNameConfigurations=[{"CertificateArn": arn}])

    @pytest.mark.parametrize(
        ("host", "days", "why"),
        [
            ("other.example.org", 30, "does not cover api.example.com"),
            (NAME, -1, "has expired"),
        ],
    )
    def test_one_that_could_not_serve_the_domain_is_refused(
        self, caller: Caller, instance: Path, host: str, days: int, why: str
    ) -> None:
        made = Authority(now=NOON).server(host, days=days)
        made.write(instance / "certificates", "0123-4567")

        with pytest.raises(Invalid, match=why):
            http_domain(caller)

    def test_anothers_key_is_refused(self, caller: Caller, instance: Path) -> None:
        (instance / "certificates" / "0123-4567.key").write_text(issued()[1])

        with pytest.raises(Invalid, match="does not belong to its private key"):
            http_domain(caller)

    def test_one_that_was_taken_away_keeps_nobody_from_other_changes(
        self, caller: Caller, instance: Path
    ) -> None:
        http_domain(caller)
        (instance / "certificates" / "0123-4567.key").unlink()

        changed = caller("UpdateDomainName", DomainName=NAME, RoutingMode="ROUTING_RULE_ONLY")

        assert changed["RoutingMode"] == "ROUTING_RULE_ONLY"

    def test_a_wildcard_needs_its_own_certificate(self, caller: Caller, instance: Path) -> None:
        Authority(now=NOON).server(NAME).write(instance / "certificates", "0123-4567")

        with pytest.raises(Invalid, match="does not cover"):
            http_domain(caller, "*.example.com")


class TestTrustStores:
    URI = "s3://bucket/ca.pem"

    def mutual(self, caller: Caller, **members: str) -> dict[str, Any]:
        given = {"TruststoreUri": self.URI, "TruststoreVersion": "1", **members}
        made: dict[str, Any] = http_domain(caller, MutualTlsAuthentication=given)
        return made["MutualTlsAuthentication"]

    @pytest.mark.parametrize(
        "members",
        [
            {"TruststoreVersion": "3"},
            {"TruststoreUri": "s3://other/ca.pem"},
            {"TruststoreUri": "s3://bucket/../../poolgate.toml"},
            {"TruststoreUri": "s3://bucket/.hidden"},
            {"TruststoreUri": "s3://../ca.pem"},
            {"TruststoreUri": "s3://bucket//etc/passwd"},
            {"TruststoreVersion": "../1"},
        ],
    )
    def test_one_that_is_not_in_the_operators_folder_is_refused(
        self, caller: Caller, members: dict[str, str]
    ) -> None:
        with pytest.raises(Invalid):
            self.mutual(caller, **members)
        assert caller("GetDomainNames") == {"Items": []}

    def test_a_buckets_name_that_s3_would_not_take_is_refused(self, caller: Caller) -> None:
        with pytest.raises(Invalid, match="the bucket with 2 to 63 lower-case letters"):
            self.mutual(caller, TruststoreUri="s3://b/ca.pem")

    def test_one_without_any_certificate_is_refused(self, caller: Caller, instance: Path) -> None:
        (instance / "truststores" / "bucket" / "ca.pem@1").write_text("nothing")

        with pytest.raises(Invalid, match="holds no certificate"):
            self.mutual(caller)

    def test_certificates_that_vouch_for_nobody_are_told_of(
        self, caller: Caller, instance: Path
    ) -> None:
        good = Authority(now=NOON)
        broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        leaf, expired = good.client(), good.client(days=-1)
        content = good.certificate + broken + leaf.chain + expired.chain + good.certificate
        (instance / "truststores" / "bucket" / "ca.pem@1").write_text(content)

        assert self.mutual(caller)["TruststoreWarnings"] == [
            "Certificate 2 cannot be read",
            "Certificate 3 is not that of a certificate authority",
            "Certificate 4 has expired",
            "Certificate 5 is there twice",
        ]

    def test_an_update_reads_it_anew_and_goes_on_with_one_that_is_gone(
        self, caller: Caller, instance: Path, served: SnapshotHolder
    ) -> None:
        self.mutual(caller)
        first = served.current.tls[NAME].trust_store
        path = Authority("other", NOON).write(instance / "truststores" / "bucket" / "ca.pem@1")
        caller("UpdateDomainName", DomainName=NAME, RoutingMode="ROUTING_RULE_ONLY")
        second = served.current.tls[NAME].trust_store
        assert first != second

        path.unlink()
        caller("UpdateDomainName", DomainName=NAME, RoutingMode="API_MAPPING_ONLY")

        assert served.current.tls[NAME].trust_store == second
        with pytest.raises(Invalid, match="There is no trust store"):
            caller(
                "UpdateDomainName",
                DomainName=NAME,
                MutualTlsAuthentication={"TruststoreUri": "s3://bucket/gone.pem"},
            )

    def test_only_an_empty_uri_turns_mutual_tls_off(self, caller: Caller) -> None:
        self.mutual(caller)

        def change(**mutual: str) -> Any:
            changed = caller("UpdateDomainName", DomainName=NAME, MutualTlsAuthentication=mutual)
            return changed.get("MutualTlsAuthentication")

        assert change() == {"TruststoreUri": self.URI, "TruststoreVersion": "1"}
        changed = change(TruststoreVersion="2")
        assert changed == {"TruststoreUri": self.URI, "TruststoreVersion": "2"}
        assert change(TruststoreUri="") is None
        with pytest.raises(Invalid, match="needs a TruststoreUri"):
            change(TruststoreVersion="2")

    def test_a_version_alone_is_no_mutual_tls(self, rest: Caller) -> None:
        with pytest.raises(Invalid, match="needs a truststoreUri"):
            rest_domain(rest, mutualTlsAuthentication={"truststoreVersion": "1"})
        rest_domain(rest)
        version = patch("/mutualTlsAuthentication/truststoreVersion", "1")
        with pytest.raises(Invalid, match="needs a truststoreUri"):
            rest("UpdateDomainName", domainName=NAME, patchOperations=[version])

    def test_warnings_are_shown_on_both_planes(
        self, caller: Caller, rest: Caller, instance: Path
    ) -> None:
        leaf = Authority(now=NOON).client()
        (instance / "truststores" / "bucket" / "ca.pem@1").write_text(leaf.chain)
        told = self.mutual(caller)["TruststoreWarnings"]

        shown = rest("GetDomainName", domainName=NAME)["mutualTlsAuthentication"]

        assert shown["truststoreWarnings"] == told
        assert "TrustStore" not in rest("GetDomainName", domainName=NAME)

    def test_one_that_was_never_read_lets_in_nobody(
        self, caller: Caller, served: SnapshotHolder
    ) -> None:
        self.mutual(caller)

        def forget(session: Session) -> None:
            domain = session.get_one(Domain, NAME)
            domain.document = {k: v for k, v in domain.document.items() if k != "TrustStore"}

        caller.kernel.database.write(forget)
        tags = {"ResourceArn": f"arn:aws:apigateway:us-east-1::/domainnames/{NAME}"}
        caller("TagResource", **tags, Tags={"a": "b"})
        caller("CreateDomainName", DomainName="other.example.com")

        assert served.current.tls[NAME].trust_store == "unread"
        assert served.current.demands_certificates

    def test_it_goes_with_its_domain(self, caller: Caller) -> None:
        self.mutual(caller)
        caller("DeleteDomainName", DomainName=NAME)

        rows = caller.kernel.database.read(
            lambda session: session.scalars(select(AccountPart.kind)).all()
        )
        assert list(rows) == []
