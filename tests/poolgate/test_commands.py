"""init, keys and doctor, as an operator types them."""

from __future__ import annotations

import configparser
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from idp.models.users import User
from kernel import sealing, settings
from kernel.database import Base
from kernel.iam.access_keys import AccessKeys
from kernel.settings import Settings
from poolgate import __version__, instance, instance_lock
from poolgate.cli import main
from poolgate.sealed_columns import COLUMNS
from tests.poolgate.certificates import write_pair
from tests.servers.authority import Authority
from tests.servers.run import free_port

Poolgate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def poolgate(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Poolgate:
    """Runs a command on `folder`: exit status, standard output and error. Settings by name."""

    def run(*words: str, **values: str) -> tuple[int, str, str]:
        monkeypatch.setenv("POOLGATE_PORT", str(free_port()))
        for name, value in values.items():
            monkeypatch.setenv(f"POOLGATE_{name.upper()}", value)
        status = main([*words, "--instance", str(folder)])
        printed = capsys.readouterr()
        for name in values:
            monkeypatch.delenv(f"POOLGATE_{name.upper()}")
        return status, printed.out, printed.err

    return run


def access_keys(folder: Path) -> AccessKeys:
    loaded = settings.parse({"instance": str(folder)})
    return AccessKeys(instance.open_database(loaded), sealing.load(loaded))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_a_private_instance_whose_key_is_printed_once(
    poolgate: Poolgate, folder: Path
) -> None:
    status, printed, _ = poolgate("init")
    assert status == 0
    assert [mode(folder), mode(folder / "poolgate.toml"), mode(folder / "credentials")] == [
        0o700,
        0o600,
        0o600,
    ]
    assert mode(folder.with_name("instance-sealing.key")) == 0o600
    profile = configparser.ConfigParser()
    profile.read(folder / "credentials")
    key_id, secret = (
        profile["default"]["aws_access_key_id"],
        profile["default"]["aws_secret_access_key"],
    )
    assert key_id in printed
    assert secret in printed
    found = access_keys(folder).find(key_id)
    assert found is not None
    assert found.secret == secret

    status, printed, _ = poolgate("init")
    assert status == 0
    assert secret not in printed


def test_the_written_configuration_is_all_comments_and_valid_without_them(
    poolgate: Poolgate, folder: Path
) -> None:
    poolgate("init")
    written = (folder / "poolgate.toml").read_text()
    assert tomllib.loads(written) == {}
    uncommented = re.sub(r"^#(?=\w+ = )", "", written, flags=re.MULTILINE)
    values = {name: value for name, value in tomllib.loads(uncommented).items() if value != ""}
    assert settings.parse({**values, "instance": str(folder)}) == Settings(instance=folder)


def test_root_settings_make_the_first_key(poolgate: Poolgate, folder: Path) -> None:
    poolgate("init", root_access_key_id="AKIAOPERATORSCHOICE1", root_secret_access_key="s" * 40)
    found = access_keys(folder).find("AKIAOPERATORSCHOICE1")
    assert found is not None
    assert found.secret == "s" * 40


def test_a_missing_sealing_key_is_never_replaced_under_existing_data(
    poolgate: Poolgate, folder: Path
) -> None:
    poolgate("init")
    folder.with_name("instance-sealing.key").unlink()
    status, _, error = poolgate("init")
    assert status == 2
    assert "is missing, but the instance holds data sealed with it" in error
    assert not folder.with_name("instance-sealing.key").exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"database_url": "sqlite:////no/such/folder/poolgate.db"}, "cannot be used: "),
        ({"database_url": "postgresql://nobody@127.0.0.1:1/x"}, "database_url cannot be used"),
        ({"sealing_key_file": "/proc/no/key"}, "sealing_key_file /proc/no/key cannot be made"),
        ({"sealing_key_command": "false"}, "sealing_key_command failed."),
        ({"region": "mars"}, "region must be an AWS region"),
        ({"no_such": "1"}, "no_such is not a setting of Poolgate."),
    ],
)
def test_what_init_cannot_use_is_one_sentence(
    poolgate: Poolgate, values: dict[str, str], sentence: str
) -> None:
    status, _, error = poolgate("init", **values)
    assert status == 2
    assert error.startswith("poolgate: ")
    assert sentence in error
    assert len(error.splitlines()) == 1


def test_keys_are_created_listed_disabled_enabled_and_deleted(
    poolgate: Poolgate, folder: Path, tmp_path: Path
) -> None:
    poolgate("init")
    policy = tmp_path / "policy.json"
    statement = {"Effect": "Allow", "Action": "cognito-idp:*", "Resource": "*"}
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    status, printed, _ = poolgate("keys", "create", "--policy", str(policy), "--user", "ci")
    assert status == 0
    key_id, secret = (line.split()[1] for line in printed.splitlines()[:2])
    assert "user/ci" in printed

    status, listed, _ = poolgate("keys", "list")
    assert status == 0
    assert key_id in listed
    assert secret not in listed
    keys = access_keys(folder)
    for action, is_active in (("disable", False), ("enable", True)):
        assert poolgate("keys", action, key_id)[0] == 0
        assert next(key for key in keys.list() if key.id == key_id).is_active is is_active
    assert poolgate("keys", "delete", key_id)[0] == 0
    assert key_id not in poolgate("keys", "list")[1]


def test_keys_of_an_unknown_id_or_policy_are_one_sentence(
    poolgate: Poolgate, tmp_path: Path
) -> None:
    poolgate("init")
    status, _, error = poolgate("keys", "disable", "AKIANOSUCHKEY0000000")
    assert status == 1
    assert len(error.splitlines()) == 1
    policy = tmp_path / "policy.json"
    for content in ("{", '{"Statement": 5}'):
        policy.write_text(content)
        status, _, error = poolgate("keys", "create", "--policy", str(policy))
        assert status in (1, 2)
        assert len(error.splitlines()) == 1


def test_keys_of_an_instance_that_is_not_there_make_none(poolgate: Poolgate, folder: Path) -> None:
    status, _, error = poolgate("keys", "list")
    assert status == 2
    assert "is not initialised: run `poolgate init`" in error
    assert not folder.exists()


def test_rotation_seals_everything_under_the_new_key_and_keeps_the_old(
    poolgate: Poolgate, folder: Path
) -> None:
    poolgate("init")
    key_id = access_keys(folder).list()[0].id
    secret = access_keys(folder).find(key_id).secret  # type: ignore[union-attr]
    status, printed, _ = poolgate("keys", "rotate-sealing")
    assert status == 0
    assert "1 values are sealed under key 2 now." in printed
    key_file = folder.with_name("instance-sealing.key")
    assert [line.split()[0] for line in key_file.read_text().splitlines()] == ["1", "2"]
    assert mode(key_file) == 0o600
    with create_engine(f"sqlite:///{folder}/poolgate.db").connect() as connection:
        (sealed,) = connection.execute(text("SELECT sealed_secret FROM access_keys")).one()
    assert sealed[0] == 2
    assert access_keys(folder).find(key_id).secret == secret  # type: ignore[union-attr]


def test_rotation_is_refused_while_the_instance_is_served(poolgate: Poolgate, folder: Path) -> None:
    poolgate("init")
    with instance_lock.hold(settings.parse({"instance": str(folder)})):
        status, _, error = poolgate("keys", "rotate-sealing")
    assert status == 2
    assert "is in use by another poolgate process" in error


def test_every_column_that_is_named_sealed_is_known_to_rotation() -> None:
    assert User.metadata is Base.metadata
    in_models = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.startswith("sealed")
    }
    assert {column.name for column in COLUMNS} == in_models


@pytest.mark.parametrize("words", [("doctor",), ("init",), ("keys", "list")], ids=" ".join)
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("quotas", "clients_per_pool=3", "quotas names clients_per_pool, which is none of "),
        ("gateway_quotas", "routes=3", "gateway_quotas names routes, which is none of "),
        ("sms_sender", "pigeon", "sms_sender must be one of webhook."),
        ("address_database", "/no/such.mmdb", "address_database /no/such.mmdb cannot be read: "),
        ("address_database", __file__, f"address_database {__file__} is no MaxMind database."),
    ],
)
def test_what_no_worker_could_start_with_is_refused_by_every_command(
    poolgate: Poolgate, words: tuple[str, ...], name: str, value: str, sentence: str
) -> None:
    poolgate("init")
    status, printed, error = poolgate(*words, **{name: value})
    assert (status, printed) == (2, "")
    assert error.startswith(f"poolgate: {sentence}")
    assert len(error.splitlines()) == 1


def test_doctor_finds_a_healthy_instance_healthy(poolgate: Poolgate) -> None:
    poolgate("init")
    status, printed, _ = poolgate("doctor")
    assert status == 0, printed
    assert "problem" not in printed
    assert "sealed values open" in printed
    assert "lies beside the instance: move it" in printed


def test_doctor_says_what_to_do_where_there_is_no_instance(poolgate: Poolgate) -> None:
    status, printed, _ = poolgate("doctor")
    assert status == 1
    assert "run `poolgate init`" in printed


def test_doctor_finds_what_was_broken(poolgate: Poolgate, folder: Path, tmp_path: Path) -> None:
    poolgate("init")
    key_id = access_keys(folder).list()[0].id
    poolgate("keys", "disable", key_id)
    (folder / "credentials").chmod(0o644)
    sealing_key = folder.with_name("instance-sealing.key")
    sealing_key.write_text(sealing.format_key(1, bytes(32)))
    certificate, key = write_pair(tmp_path)
    held = folder / "certificates"
    Authority().server("good.example.com").write(held, "good.example.com")
    Authority().server("late.example.com", days=3).write(held, "late.example.com")
    (held / "alone.example.com.key").write_text("nonsense")
    status, printed, _ = poolgate(
        "doctor",
        smtp_url="smtp://127.0.0.1:1",
        valkey_url="redis://127.0.0.1:1",
        tls_cert=str(certificate),
        tls_key=str(key),
    )
    assert status == 1
    for expected in (
        "credentials is open to others (0644): run `chmod 600",
        "access_keys.sealed_secret holds a value that no sealing key opens",
        "no access key is active: run `poolgate keys create`",
        "the mail server 127.0.0.1:1 does not answer",
        "the Valkey of valkey_url does not answer",
        "renew it, and send SIGHUP",
        "ok       the certificate good.example.com is valid until",
        "put a renewed pair in its place",
        "the certificate alone.example.com is not in the folder of certificates",
    ):
        assert expected in printed, printed


def test_doctor_knows_a_busy_port_from_our_own_server(poolgate: Poolgate, folder: Path) -> None:
    poolgate("init")
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        status, printed, _ = poolgate("doctor", metrics_port=port)
        assert status == 1
        assert f"metrics_port {port} cannot be bound" in printed
        with instance_lock.hold(settings.parse({"instance": str(folder)})):
            status, printed, _ = poolgate("doctor", metrics_port=port)
        assert status == 0
        assert "the instance is being served" in printed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "poolgate: error: COMMAND is missing; see `poolgate --help`"),
        ("pools", "poolgate pools: error: ACTION is missing; see `poolgate pools --help`"),
        ("pools trigger", "POOL_ID, TRIGGER, FUNCTION are missing; "),
        ("clients pkce", "CLIENT_ID, required|optional are missing; "),
        ("clients magic-links x", "on|off is missing; "),
        ("pools password-storage x", "srp|argon2id is missing; "),
    ],
)
def test_what_is_missing_is_named_as_the_usage_names_it(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(words.split())
    assert sentence in capsys.readouterr().err


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"poolgate {__version__}\n"


@pytest.mark.parametrize("words", [["doctor"], ["keys", "list"], ["init"]], ids=str)
def test_a_reader_that_has_enough_ends_a_command_quietly(
    poolgate: Poolgate, folder: Path, words: list[str]
) -> None:
    poolgate("init")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "poolgate", *words, "--instance", str(folder)],
        stdout=writing,
        stderr=subprocess.PIPE,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_command_line_answers_help_and_mistakes_without_loading_the_server() -> None:
    code = (
        "import sys; from poolgate.cli import main\n"
        "try: main(['serve', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'gevent', 'flask', 'sqlalchemy', 'kernel'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--public-url" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
