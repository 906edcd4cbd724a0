"""An envelope opens for its purpose alone, unaltered, in time, and under every key of the file."""

from __future__ import annotations

import shlex
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import sealing
from kernel.sealing import Expired, Sealer, Unsealable, create_key_file, format_key, load
from kernel.settings import SettingError, Settings, parse

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
SEALER = Sealer({1: OLD}, lambda: 1000.0)
ROTATED = Sealer({1: OLD, 2: NEW}, lambda: 1000.0)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def settings_of(folder: Path, **more: str) -> Settings:
    return parse({"instance": str(folder / "instance"), **more})


def with_key_file(folder: Path, content: bytes) -> Settings:
    path = folder / "keys"
    path.write_bytes(content)
    return settings_of(folder, sealing_key_file=str(path))


def with_command(folder: Path, program: str) -> Settings:
    command = shlex.join([sys.executable, "-c", program])
    return settings_of(folder, sealing_key_command=command)


def line(version: int | str, key: bytes = OLD) -> bytes:
    return format_key(1, key).replace("1", str(version), 1).encode()


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_for_its_purpose(plain: bytes, purpose: str) -> None:
    assert SEALER.open(SEALER.seal(plain, purpose), purpose) == plain


@given(st.binary(max_size=50), st.data())
def test_altered_envelope_is_refused(plain: bytes, data: st.DataObject) -> None:
    envelope = bytearray(SEALER.seal(plain, "purpose"))
    position = data.draw(st.integers(0, len(envelope) - 1))
    envelope[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unsealable):
        SEALER.open(bytes(envelope), "purpose")


@given(st.text(max_size=20), st.text(max_size=20))
def test_envelope_opens_for_no_other_purpose(purpose: str, other: str) -> None:
    if purpose != other:
        with pytest.raises(Unsealable):
            SEALER.open(SEALER.seal(b"secret", purpose), other)


@given(JSON, st.text(max_size=20))
def test_token_carries_its_value(value: Any, purpose: str) -> None:
    token = SEALER.seal_token(value, purpose, 60)
    assert SEALER.open_token(token, purpose) == value


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_text_that_nobody_sealed_is_refused(text: str) -> None:
    with pytest.raises(Unsealable):
        SEALER.open_token(text, "purpose")


def test_every_truncation_is_refused() -> None:
    envelope = SEALER.seal(b"secret", "purpose")
    for length in range(len(envelope)):
        with pytest.raises(Unsealable):
            SEALER.open(envelope[:length], "purpose")
    with pytest.raises(Unsealable):
        SEALER.open(envelope + b"\x00", "purpose")


def test_row_is_part_of_the_purpose() -> None:
    sealed = SEALER.seal(b"verifier", "srp-verifier:ada")
    with pytest.raises(Unsealable):
        SEALER.open(sealed, "srp-verifier:eve")


def test_unknown_key_version_is_refused() -> None:
    envelope = ROTATED.seal(b"secret", "purpose")
    with pytest.raises(Unsealable, match="unknown sealing key"):
        SEALER.open(envelope, "purpose")


def test_version_of_another_key_is_refused() -> None:
    envelope = SEALER.seal(b"secret", "purpose")
    with pytest.raises(Unsealable):
        ROTATED.open(bytes([2]) + envelope[1:], "purpose")


def test_same_text_is_never_sealed_alike() -> None:
    assert len({SEALER.seal(b"secret", "purpose") for _ in range(100)}) == 100


def test_envelope_shows_nothing_of_what_it_holds() -> None:
    assert b"secret" not in SEALER.seal(b"secret" * 10, "purpose")


@pytest.mark.parametrize("after", [60.0, 60.1, 10_000.0])
def test_expired_token_is_refused(after: float) -> None:
    token = SEALER.seal_token("value", "purpose", 60)
    with pytest.raises(Expired):
        Sealer({1: OLD}, lambda: 1000 + after).open_token(token, "purpose")


def test_token_is_good_until_it_expires() -> None:
    token = SEALER.seal_token("value", "purpose", 60)
    assert Sealer({1: OLD}, lambda: 1059.9).open_token(token, "purpose") == "value"


def test_expired_token_of_another_purpose_tells_nothing() -> None:
    token = SEALER.seal_token("value", "purpose", -1)
    with pytest.raises(Unsealable) as refused:
        SEALER.open_token(token, "another")
    assert not isinstance(refused.value, Expired)


def test_token_is_url_safe() -> None:
    tokens = {SEALER.seal_token(number, "purpose", 60) for number in range(50)}
    assert not {"+", "/", "="} & set("".join(tokens))


def test_old_versions_open_and_the_newest_seals() -> None:
    assert ROTATED.open(SEALER.seal(b"secret", "purpose"), "purpose") == b"secret"
    assert ROTATED.seal(b"secret", "purpose")[0] == 2
    assert SEALER.seal(b"secret", "purpose")[0] == 1


def test_retired_key_opens_nothing() -> None:
    with pytest.raises(Unsealable):
        Sealer({2: NEW}).open(SEALER.seal(b"secret", "purpose"), "purpose")


def test_derived_bytes_are_stable_across_rotation() -> None:
    derived = SEALER.derive("salt", "pool", "ada")
    assert len(derived) == 32
    assert ROTATED.derive("salt", "pool", "ada") == derived


def test_derived_bytes_depend_on_key_purpose_and_each_part() -> None:
    derived = [
        SEALER.derive("salt", "pool", "ada"),
        SEALER.derive("salt", "pool", "eve"),
        SEALER.derive("salt", "poolada"),
        SEALER.derive("index", "pool", "ada"),
        Sealer({1: NEW}).derive("salt", "pool", "ada"),
    ]
    assert len(set(derived)) == len(derived)


def test_sealer_does_not_print_its_keys() -> None:
    shown = f"{SEALER!r} {SEALER}"
    assert repr(OLD) not in shown
    assert OLD.hex() not in shown


def test_new_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "key"
    create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sealer = load(settings_of(tmp_path, sealing_key_file=str(path)))
    assert [len(key) for key in sealer.keys.values()] == [32]


def test_existing_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    create_key_file(path)
    before = path.read_bytes()
    create_key_file(path)
    assert path.read_bytes() == before


def test_key_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    (tmp_path / "key").symlink_to(theirs)
    create_key_file(tmp_path / "key")
    assert not theirs.exists()


def test_two_key_files_hold_different_keys(tmp_path: Path) -> None:
    create_key_file(tmp_path / "one")
    create_key_file(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() != (tmp_path / "two").read_bytes()


def test_key_file_may_hold_several_versions_and_empty_lines(tmp_path: Path) -> None:
    content = b"\r\n" + line(7, OLD) + b"\n  \n" + line(255, NEW)
    assert load(with_key_file(tmp_path, content)).keys == {7: OLD, 255: NEW}


MALFORMED = {
    "empty": b"",
    "blank": b" \n\n",
    "no version": line("")[1:],
    "no key": b"1\n",
    "a word for a version": line("one"),
    "a third word": line(1).strip() + b" more\n",
    "version 0": line(0),
    "version 256": line(256),
    "a negative version": line(-1),
    "a short key": line(1, OLD[:31]),
    "a long key": line(1, OLD + b"x"),
    "not base64": b"1 " + b"!" * 44,
    "one bad line among good ones": line(1) + b"2 x\n",
    "one version twice": line(1, OLD) + line(1, NEW),
    "not text": b"\xff\xfe\x00\x01",
    "a key in bytes": b"1 " + OLD,
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_malformed_key_file_is_named_in_one_sentence(content: bytes, tmp_path: Path) -> None:
    settings = with_key_file(tmp_path, content)
    with pytest.raises(
        SettingError, match=r"^sealing_key_file \S+/keys must [^\n.]+\.$"
    ) as refused:
        load(settings)
    assert "AAEC" not in str(refused.value)  # how OLD begins in base64


def test_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^sealing_key_file .*instance-sealing\.key cannot be"):
        load(settings_of(tmp_path))


def test_folder_in_the_key_files_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"sealing_key_file .* cannot be read"):
        load(settings_of(tmp_path, sealing_key_file=str(tmp_path)))


def test_command_gives_the_keys(tmp_path: Path) -> None:
    program = f"print({(line(1) + line(2, NEW)).decode()!r})"
    assert load(with_command(tmp_path, program)).keys == {1: OLD, 2: NEW}


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(1)",
        f"print({line(1).decode()!r}); raise SystemExit(1)",
        "import sys; sys.stdout.buffer.write(bytes([255]))",
    ],
    ids=["fails", "fails after it answered", "answers what is no text"],
)
def test_command_that_fails_is_named(program: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^sealing_key_command failed\.$"):
        load(with_command(tmp_path, program))


@pytest.mark.parametrize("command", ["/no/such/program", "'unclosed", "''", "#", "/"])
def test_command_that_cannot_run_is_named(command: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^sealing_key_command failed\.$"):
        load(settings_of(tmp_path, sealing_key_command=command))


def test_command_that_answers_nothing_useful_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^sealing_key_command must hold lines of a version"):
        load(with_command(tmp_path, "print('nothing')"))


def test_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "COMMAND_SECONDS", 0.2)
    with pytest.raises(SettingError, match=r"sealing_key_command did not answer within 0.2 s"):
        load(with_command(tmp_path, "import time; time.sleep(60)"))


def test_command_is_not_a_shell(tmp_path: Path) -> None:
    made = tmp_path / "made"
    with pytest.raises(SettingError):
        load(settings_of(tmp_path, sealing_key_command=f"true; touch {made}"))
    assert not made.exists()
