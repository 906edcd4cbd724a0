"""Without its sealing key a database is closed, no second key is made under what it holds, and
nobody who can write beside the key file reads a new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel import sealing
from kernel.settings import SettingError, Settings, parse
from poolgate import instance
from poolgate.commands import rotate_sealing


def settings_of(folder: Path) -> Settings:
    # As on a server of its own: the database is not in the instance's folder.
    database = folder.parent / "elsewhere.db"
    return parse({"instance": str(folder), "database_url": f"sqlite:///{database}"})


def test_a_lost_key_is_not_replaced_where_the_database_is_elsewhere(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "instance")
    assert instance.initialise(settings)
    settings.sealing_key_path.unlink()
    with pytest.raises(SettingError, match="is missing, but the instance holds data"):
        instance.initialise(settings)
    assert not settings.sealing_key_path.exists()


def test_a_second_node_does_not_make_a_key_of_its_own(tmp_path: Path) -> None:
    instance.initialise(settings_of(tmp_path / "first"))
    second = settings_of(tmp_path / "second")
    with pytest.raises(SettingError, match="is missing"):
        instance.initialise(second)
    assert not second.sealing_key_path.exists()


def test_a_file_laid_out_for_the_rotated_key_is_not_written_into(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "instance")
    instance.initialise(settings)
    theirs = tmp_path / "theirs"
    theirs.touch(mode=0o666)
    path = settings.sealing_key_path
    path.with_name(path.name + ".new").symlink_to(theirs)
    database = instance.open_database(settings)
    assert rotate_sealing.rotate(settings, database) == 0
    database.engine.dispose()
    assert theirs.read_text() == ""
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(sealing.load(settings).keys) == 2
