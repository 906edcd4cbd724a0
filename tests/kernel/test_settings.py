"""Each setting comes from file, environment or flag, and a wrong one is named in one sentence."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from kernel import settings
from kernel.settings import SettingError, Settings, load, parse
from poolgate.arguments import make_parser, settings_flags
from poolgate.instance import configuration_text

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"
NAMES = [field.name for field in fields(Settings)]
# `instance` says where the file is, so it has tests of its own.
IN_FILE = [name for name in NAMES if name != "instance"]

# By name, two values as a text of the environment would give them.
GOOD: Mapping[str, tuple[str, str]] = {
    "instance": ("/srv/one", "/srv/two"),
    "host": ("localhost", "::1"),
    "port": ("8151", "8152"),
    "workers": ("2", "256"),
    "public_url": ("https://id.example.com", "http://localhost:8153"),
    "metrics_port": ("8154", "0"),
    "database_url": ("sqlite:////srv/a.db", "postgresql://ada:secret@db.example.com/poolgate"),
    "valkey_url": ("redis://cache.example.com:6379/1", "unix:///run/valkey.sock"),
    "account_id": ("123456789012", "210987654321"),
    "region": ("eu-west-1", "us-gov-west-1"),
    "issuer_form": ("aws", "public"),
    "path_addresses": ("true", "false"),
    "root_access_key_id": ("AKIAONEONEONEONE", "AKIATWOTWOTWOTWO"),
    "root_secret_access_key": ("one/+secret=secret", "two/+secret=secret"),
    "sealing_key_file": ("/run/secrets/one", "/run/secrets/two"),
    "sealing_key_command": ("vault read one", "vault read two"),
    "smtp_url": ("smtp://ada:secret@mail.example.com:587", "smtps://mail.example.com"),
    "mail_from": ("id@example.com", "Poolgate <id@example.com>"),
    "sms_sender": ("webhook", "another"),
    "sms_webhook_url": ("https://sms.example.com/send", "http://10.0.0.1/send"),
    "password_range_url": ("https://ranges.example.com/range", "http://10.0.0.1/range"),
    "address_database": ("/srv/one.mmdb", "/srv/two.mmdb"),
    "lambda_endpoint": ("https://lambda.example.com", "http://10.0.0.1:3001"),
    "firehose_url": ("https://logs.example.com/firehose", "http://10.0.0.1/logs"),
    "firehose_access_key": ("one-key", "two-key"),
    "s3_url": ("https://s3.example.com", "http://10.0.0.1:9000"),
    "s3_access_key_id": ("AKIAONE", "AKIATWO"),
    "s3_secret_access_key": ("one-secret", "two-secret"),
    "aws_endpoints": (
        "sqs=http://127.0.0.1:9324",
        "s3=https://s3.example.com,states=https://states.{region}.amazonaws.com",
    ),
    "aws_access_key_id": ("AKIAONE", "AKIATWO"),
    "aws_secret_access_key": ("one-secret", "two-secret"),
    "upstream_allow": ("10.0.0.0/8", "192.168.0.0/16 fd00::/8"),
    "trusted_proxies": ("10.0.0.1", "10.0.0.2,10.0.0.3"),
    "tls_cert": ("/etc/one.pem", "/etc/two.pem"),
    "tls_key": ("/etc/one.key", "/etc/two.key"),
    "http_port": ("8155", "8156"),
    "mtls_port": ("8157", "8158"),
    "mtls_client_ca": ("/etc/one-clients.pem", "/etc/two-clients.pem"),
    "acme_directory_url": ("https://acme.example.com/directory", "https://10.0.0.1/dir"),
    "acme_email": ("ada@example.com", "bob@example.com"),
    "acme_ca_file": ("/etc/one-ca.pem", "/etc/two-ca.pem"),
    "acme_eab_key_id": ("kid-1", "https://ca.example/keys/7"),
    "acme_eab_hmac_key": (
        "b10lLJs8l1GPIzsLP0s6pMt8",
        "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9w==",
    ),
    "log_format": ("console", "json"),
    "log_level": ("debug", "error"),
    "rate_limits": ("aws", "off"),
    "quotas": ("clients_per_user_pool=5", "groups_per_user=1,clients_per_user_pool=2"),
    "gateway_quotas": ("routes_per_api=500", "stages_per_api=20,vpc_links_per_account=20"),
    "integration_timeout": ("29000", "900000"),
    "stream_idle_timeout": ("1000", "900000"),
    "import_megabytes": ("1", "1000000"),
    "dev": ("true", "no"),
    "demo": ("yes", "0"),
}

SERVICES = ("aws_endpoints", "aws_access_key_id", "aws_secret_access_key")
BUCKETS = ("s3_url", "s3_access_key_id", "s3_secret_access_key")

PAIR = {"tls_cert": GOOD["tls_cert"][0], "tls_key": GOOD["tls_key"][0]}
ACME = {name: GOOD[name][0] for name in ("http_port", "acme_directory_url")}

# What a setting cannot go without.
TOGETHER: Mapping[str, Mapping[str, str]] = {
    "root_access_key_id": {"root_secret_access_key": GOOD["root_secret_access_key"][0]},
    "root_secret_access_key": {"root_access_key_id": GOOD["root_access_key_id"][0]},
    "firehose_access_key": {"firehose_url": GOOD["firehose_url"][0]},
    **{name: {each: GOOD[each][0] for each in BUCKETS if each != name} for name in BUCKETS},
    **{name: {each: GOOD[each][0] for each in SERVICES if each != name} for name in SERVICES},
    "sms_sender": {"sms_webhook_url": GOOD["sms_webhook_url"][0]},
    "sms_webhook_url": {"sms_sender": "webhook"},
    "tls_cert": {"tls_key": GOOD["tls_key"][0]},
    "tls_key": {"tls_cert": GOOD["tls_cert"][0]},
    "http_port": PAIR,
    "mtls_port": {**PAIR, "mtls_client_ca": GOOD["mtls_client_ca"][0]},
    "mtls_client_ca": {**PAIR, "mtls_port": GOOD["mtls_port"][0]},
    "acme_directory_url": {"http_port": GOOD["http_port"][0]},
    "acme_email": ACME,
    "acme_ca_file": ACME,
    "acme_eab_key_id": {**ACME, "acme_eab_hmac_key": GOOD["acme_eab_hmac_key"][0]},
    "acme_eab_hmac_key": {**ACME, "acme_eab_key_id": GOOD["acme_eab_key_id"][0]},
}

A_PATH = ("", "  ", "~nobody-of-this-name/x", "a\x00b", 7, ["a"], True)
A_NUMBER = ("", "many", "-1", "1.5", 1.5, float("inf"), True, "1_0", "\u0661", [], "9" * 5000)
A_FLAG = ("maybe", 2, [], "truely")
A_WEB_ADDRESS = ("", "ftp://example.com", "https://", "https://:443", "https://x:99999", 7, "x")
NETWORKS = ("10.0.0.1/8", "everywhere", "10.0.0.0/33", [7], [True], 7, [["10.0.0.0/8"]], {"a": 1})

WRONG: Mapping[str, tuple[Any, ...]] = {
    "instance": A_PATH,
    "host": ("", " ", 127, ["localhost"], "a\nb"),
    "port": (*A_NUMBER, "0", 0, "65536"),
    "workers": (*A_NUMBER, 0, 257),
    "public_url": (
        *A_WEB_ADDRESS,
        "https://id.example.com/path",
        "https://id.example.com?",
        "https://id.example.com#x",
        "https://ada@id.example.com",
        "https://id example.com",
        "https://id.example.com\nSet-Cookie: x",
        "https://id_example.com",
        "https://idé.example.com",
        "https://[::1",
    ),
    "metrics_port": (*A_NUMBER, "65536"),
    "database_url": (
        "",
        "mysql://db/x",
        "postgresql://",
        "postgresql+psycopg://db/x",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=memory",
        "sqlite://host/a.db",
        7,
    ),
    "valkey_url": ("", "http://cache", "redis://", "unix:", "redis://x:y", 7),
    "account_id": ("", "12345678901", "1234567890123", "12345678901x", 123456789012, "\u0661" * 12),
    "region": ("", "nowhere", "us-east-", "US-EAST-1", "us-east-1\n", 1),
    "issuer_form": ("", "private", 1, []),
    "path_addresses": A_FLAG,
    "root_access_key_id": ("", "short", "AKIA-WITH-DASHES-IN", "é" * 16, 7),
    "root_secret_access_key": ("", "short", "with a space in it", 7),
    "sealing_key_file": A_PATH,
    "sealing_key_command": ("", " ", 7, ["vault"], "a\nb"),
    "smtp_url": ("", "http://mail", "smtp://", "smtp://:25", "smtp://mail:port", 7),
    "mail_from": ("", "nobody", "a@b@c", "a b@c", "Ada\r\nBcc: <a@b>", "Ada <a@b", 7),
    "sms_sender": ("", 7, []),
    "sms_webhook_url": A_WEB_ADDRESS,
    "password_range_url": A_WEB_ADDRESS,
    "address_database": A_PATH,
    "lambda_endpoint": A_WEB_ADDRESS,
    "firehose_url": A_WEB_ADDRESS,
    "firehose_access_key": ("", " ", 7, "a\nb"),
    "s3_url": A_WEB_ADDRESS,
    "s3_access_key_id": ("", " ", 7, "a\nb"),
    "s3_secret_access_key": ("", " ", 7, "a\nb"),
    "aws_endpoints": (
        " ",
        7,
        "sqs",
        "sqs=",
        "SQS=http://host",
        "sqs=http://host/path",
        "sqs=ftp://host",
        "sqs=http://one sqs=http://two",
        "sqs=http://{account}.host",
    ),
    "aws_access_key_id": ("", " ", 7, "a\nb"),
    "aws_secret_access_key": ("", " ", 7, "a\nb"),
    "upstream_allow": NETWORKS,
    "trusted_proxies": NETWORKS,
    "tls_cert": A_PATH,
    "tls_key": A_PATH,
    "http_port": (*A_NUMBER, "65536"),
    "mtls_port": (*A_NUMBER, "65536"),
    "mtls_client_ca": A_PATH,
    "acme_directory_url": (*A_WEB_ADDRESS, "http://acme.example.com/directory"),
    "acme_email": ("", "nobody", "a@b@c", "a b@c", "a@b?cc=c", "a@b,c@d", 7),
    "acme_ca_file": A_PATH,
    "acme_eab_key_id": ("", "a b", "a\nb", 7),
    "acme_eab_hmac_key": ("", "too-short", "b10lLJs8l1GPIzsLP0s6p+t8", 7),
    "log_format": ("", "xml", 1, []),
    "log_level": ("", "loud", "INFO", 1, []),
    "rate_limits": ("", "on", 7, ["aws"]),
    "quotas": ("x", "a=b", "A=1", "a=-1", "a=1 a=2", 7, [7], {"a": 1}, "a=9999999999"),
    "gateway_quotas": ("x", "a=b", "A=1", "a=-1", "a=1 a=2", 7, [7], {"a": 1}, "a=9999999999"),
    "integration_timeout": (*A_NUMBER, 28_999, 900_001),
    "stream_idle_timeout": (*A_NUMBER, 999, 900_001),
    "import_megabytes": (*A_NUMBER, 0, 1_000_001),
    "dev": A_FLAG,
    "demo": A_FLAG,
}


def raw(name: str, text: str) -> dict[str, str]:
    return {**TOGETHER.get(name, {}), name: text}


def environment(values: Mapping[str, str]) -> dict[str, str]:
    return {f"POOLGATE_{name.upper()}": value for name, value in values.items()}


def write(folder: Path, values: Mapping[str, str]) -> None:
    lines = (f"{name} = '{value}'\n" for name, value in values.items())
    (folder / settings.CONFIGURATION_FILE).write_text("".join(lines), encoding="utf-8")


def wrong_values() -> list[Any]:
    return [
        pytest.param(name, value, id=f"{name}={value!r:.40}")
        for name, values in WRONG.items()
        for value in values
    ]


def refusal(values: Mapping[str, Any]) -> str:
    """The one sentence that refuses these values."""
    with pytest.raises(SettingError) as refused:
        parse(values)
    sentence = str(refused.value)
    assert re.fullmatch(r"[^\n]+[^.]\.", sentence)
    return sentence


def test_every_setting_is_under_test() -> None:
    assert list(GOOD) == list(WRONG) == NAMES


@pytest.mark.parametrize("name", IN_FILE)
def test_flag_wins_over_environment_and_environment_over_file(name: str, tmp_path: Path) -> None:
    first, second = GOOD[name]
    expected = {text: getattr(parse(raw(name, text)), name) for text in (first, second)}
    instance = {"instance": str(tmp_path)}

    def loaded(flags: Mapping[str, str], surrounding: Mapping[str, str]) -> Any:
        return getattr(load({**instance, **flags}, environment(surrounding)), name)

    write(tmp_path, raw(name, first))
    assert loaded({}, {}) == expected[first]
    assert loaded({}, raw(name, second)) == expected[second]
    assert loaded(raw(name, first), raw(name, second)) == expected[first]
    assert expected[first] != expected[second]


@pytest.mark.parametrize("name", IN_FILE)
def test_setting_that_is_not_given_has_its_default(name: str, tmp_path: Path) -> None:
    nothing = {f"POOLGATE_{name.upper()}": ""}
    write(tmp_path, {name: ""})
    found = load({"instance": str(tmp_path), name: None}, nothing)
    assert getattr(found, name) == getattr(Settings(), name)


def test_instance_comes_from_flag_then_environment_then_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, port in (("instance", 8155), ("one", 8156), ("two", 8157)):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, {"port": str(port)})
    one = {"POOLGATE_INSTANCE": "one"}
    assert load({}, {}).port == 8155
    assert load({}, one).port == 8156
    assert load({"instance": str(tmp_path / "two")}, one).port == 8157
    assert load({}, one).instance == tmp_path / "one"


def test_the_file_cannot_move_the_folder_it_lies_in(tmp_path: Path) -> None:
    write(tmp_path, {"instance": "/elsewhere"})
    with pytest.raises(SettingError, match=r"^instance cannot be set in "):
        load({"instance": str(tmp_path)}, {})


@pytest.mark.parametrize(("name", "value"), wrong_values())
def test_wrong_value_gives_one_sentence_that_names_the_setting(name: str, value: Any) -> None:
    sentence = refusal({**TOGETHER.get(name, {}), name: value})
    assert sentence.startswith(f"{name} must be ")


@pytest.mark.parametrize(
    "name", ["root_secret_access_key", "database_url", "smtp_url", "valkey_url"]
)
def test_refusal_does_not_repeat_what_may_be_a_secret(name: str) -> None:
    assert "s3cret" not in refusal({name: "x://ada:s3cret @x"})


@pytest.mark.parametrize("flags", [{"instance": "  "}, {"instance": "~nobody-of-this-name"}])
def test_wrong_instance_folder_is_named_before_its_file_is_looked_for(
    flags: dict[str, str],
) -> None:
    with pytest.raises(SettingError, match=r"^instance must be a path"):
        load(flags, {})


def test_settings_do_not_show_their_secrets() -> None:
    secrets = {
        "root_access_key_id": "AKIAONEONEONEONE",
        "root_secret_access_key": "s3cret-of-16-letters",
        "database_url": "postgresql://ada:s3cret@db.example.com/poolgate",
        "valkey_url": "redis://:s3cret@cache.example.com",
        "smtp_url": "smtp://ada:s3cret@mail.example.com",
        "sms_sender": "webhook",
        "sms_webhook_url": "https://ada:s3cret@sms.example.com",
        "lambda_endpoint": "https://ada:s3cret@lambda.example.com",
        "sealing_key_command": "vault read --token s3cret",
    }
    shown = repr(parse(secrets))
    assert "AKIAONEONEONEONE" in shown
    assert "s3cret" not in shown


def test_unknown_names_are_refused_wherever_they_stand(tmp_path: Path) -> None:
    flags = {"instance": str(tmp_path)}
    with pytest.raises(SettingError, match=r"^prot is not a setting of Poolgate\.$"):
        load({**flags, "prot": "80"}, {})
    with pytest.raises(SettingError, match=r"^prot is not a setting of Poolgate\.$"):
        load(flags, {"POOLGATE_PROT": "80"})
    write(tmp_path, {"prot": "80"})
    with pytest.raises(SettingError, match=r"^prot is not a setting of Poolgate\.$"):
        load(flags, {})


def test_other_programs_environment_is_none_of_ours(tmp_path: Path) -> None:
    found = load({"instance": str(tmp_path)}, {"PORT": "1", "MYPOOLGATE_PORT": "2"})
    assert found.port == Settings().port


@pytest.mark.parametrize("content", [b"port = ", b"\xff", b"port = 1\nport = 2", b"[port"])
def test_file_that_is_not_toml_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / settings.CONFIGURATION_FILE
    path.write_bytes(content)
    with pytest.raises(SettingError, match=re.escape(str(path))):
        load({"instance": str(tmp_path)}, {})


def test_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / settings.CONFIGURATION_FILE).mkdir()
    with pytest.raises(SettingError, match=r"poolgate\.toml cannot be read"):
        load({"instance": str(tmp_path)}, {})


def test_toml_values_keep_their_types(tmp_path: Path) -> None:
    lines = ['port = 8158\ndev = true\nupstream_allow = ["10.0.0.0/8", "::1"]\n']
    (tmp_path / settings.CONFIGURATION_FILE).write_text("".join(lines))
    found = load({"instance": str(tmp_path)}, {})
    assert (found.port, found.dev) == (8158, True)
    assert found.upstream_allow == (
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )


def test_every_line_of_the_file_that_init_writes_is_a_good_default(tmp_path: Path) -> None:
    lines = configuration_text().splitlines()
    bare = [line[1:] for line in lines if re.match(r"#\w+ = ", line)]
    assert len(bare) == len(IN_FILE)
    (tmp_path / settings.CONFIGURATION_FILE).write_text("\n".join(bare))
    assert load({"instance": str(tmp_path)}, {}) == Settings(instance=tmp_path)


def test_flags_of_serve_reach_the_settings(tmp_path: Path) -> None:
    words = ["--host", "::1", "--port", "8159", "--workers", "3", "--dev"]
    words += ["--public-url", "https://id.localhost"]
    pair = ["--tls-cert", "/c", "--tls-key", "/k", "--instance", str(tmp_path)]
    arguments = make_parser().parse_args(["serve", *words, *pair])
    found = load(settings_flags(arguments), {})
    assert (found.host, found.port, found.workers) == ("::1", 8159, 3)
    assert (found.dev, found.demo) == (True, False)
    assert (found.tls_cert, found.tls_key) == (Path("/c"), Path("/k"))
    assert (found.public_url, found.instance) == ("https://id.localhost", tmp_path)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"tls_cert": "/c"}, ("tls_cert", "tls_key")),
        ({"tls_key": "/k"}, ("tls_cert", "tls_key")),
        ({"root_access_key_id": "A" * 16}, ("root_access_key_id", "root_secret_access_key")),
        ({"root_secret_access_key": "s" * 16}, ("root_access_key_id", "root_secret_access_key")),
        (
            {"sealing_key_file": "/k", "sealing_key_command": "x"},
            ("sealing_key_file", "sealing_key_command"),
        ),
        ({"public_url": "http://id.example.com"}, ("public_url", "https")),
        ({"public_url": "http://localhost.example.com"}, ("public_url", "https")),
        ({"public_url": "http://10.0.0.1"}, ("public_url", "https")),
        ({"dev": True, "host": "0.0.0.0"}, ("dev", "host", "loopback")),  # noqa: S104 - refused
        ({"dev": True, "host": "::"}, ("dev", "host", "loopback")),
        ({"dev": True, "host": "id.example.com"}, ("dev", "host", "loopback")),
        ({"demo": True, "host": "0.0.0.0"}, ("demo", "host", "loopback")),  # noqa: S104 - refused
        ({"demo": True, "host": "10.0.0.1"}, ("demo", "host", "loopback")),
        ({"sms_sender": "webhook"}, ("sms_sender", "sms_webhook_url")),
        ({"sms_webhook_url": "https://x.example"}, ("sms_sender", "sms_webhook_url")),
        ({"http_port": 81}, ("http_port", "tls_cert", "acme_directory_url")),
        ({**PAIR, "http_port": 81, "port": 81}, ("http_port", "port", "metrics_port")),
        ({**PAIR, "http_port": 81, "metrics_port": 81}, ("http_port", "port", "metrics_port")),
        ({"acme_directory_url": "https://x.example"}, ("http_port", "acme_directory_url")),
        ({"acme_email": "a@b"}, ("acme_directory_url", "acme_email")),
        ({"acme_ca_file": "/ca"}, ("acme_directory_url", "acme_ca_file")),
        ({"acme_eab_key_id": "kid"}, ("acme_eab_key_id", "acme_eab_hmac_key")),
        (
            {"acme_eab_key_id": "kid", "acme_eab_hmac_key": "b10lLJs8l1GPIzsLP0s6pMt8"},
            ("acme_directory_url", "acme_eab_key_id"),
        ),
    ],
)
def test_settings_that_do_not_go_together_are_named(
    values: dict[str, Any], named: tuple[str, ...]
) -> None:
    sentence = refusal(values)
    assert [name for name in named if name not in sentence] == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_development_and_demo_run_on_loopback(host: str) -> None:
    assert parse({"host": host, "dev": True, "demo": True}).dev


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:8080", "http://id.localhost"]
)
def test_loopback_needs_no_https(url: str) -> None:
    found = parse({"public_url": url})
    assert (found.origin, found.is_public_url_loopback) == (url, True)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://id.example.com/", "https://id.example.com"),
        ("HTTPS://ID.Example.com", "https://id.example.com"),
        ("https://id.example.com:443", "https://id.example.com"),
        ("http://localhost:80", "http://localhost"),
        (" https://id.example.com:8443 ", "https://id.example.com:8443"),
        ("https://[2001:DB8::0:1]", "https://[2001:db8::1]"),
    ],
)
def test_public_url_is_spelled_as_browsers_spell_an_origin(given: str, origin: str) -> None:
    assert parse({"public_url": given}).origin == origin


def test_origin_without_a_public_url_is_localhost() -> None:
    assert parse({"port": 8160}).origin == "http://localhost:8160"
    pair = {"tls_cert": "/c", "tls_key": "/k"}
    assert parse({"port": 8160, **pair}).origin == "https://localhost:8160"
    assert parse({"port": 8160, **ACME}).origin == "https://localhost:8160"
    assert parse({"port": 8160}).public_host == "localhost:8160"


def test_path_addresses_are_on_where_the_public_url_is_loopback() -> None:
    public = {"public_url": "https://id.example.com"}
    assert parse({}).serves_path_addresses
    assert not parse(public).serves_path_addresses
    assert parse({**public, "path_addresses": True}).serves_path_addresses
    assert not parse({"path_addresses": "no"}).serves_path_addresses


def test_relative_sqlite_file_is_one_of_the_present_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse({"database_url": "sqlite:///a.db"}).database == f"sqlite:///{tmp_path}/a.db"
    assert parse({"instance": "here"}).database == f"sqlite:///{tmp_path}/here/poolgate.db"


def test_postgresql_goes_through_psycopg() -> None:
    found = parse({"database_url": "postgresql://ada:secret@db.example.com/x?sslmode=require"})
    assert found.database == "postgresql+psycopg://ada:secret@db.example.com/x?sslmode=require"


def test_sealing_key_lies_beside_the_instance_folder() -> None:
    assert parse({"instance": "/srv/one"}).sealing_key_path == Path("/srv/one-sealing.key")
    chosen = parse({"instance": "/srv/one", "sealing_key_file": "/run/key"})
    assert chosen.sealing_key_path == Path("/run/key")


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|.*\|$", DOCUMENT.read_text(), re.MULTILINE)
    assert len(row) > len(name) + 30
