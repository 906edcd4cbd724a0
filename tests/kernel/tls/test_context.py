from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from kernel.settings import SettingError
from kernel.tls.context import server_context
from tests.poolgate.certificates import write_pair


def test_a_good_pair_makes_a_context_for_tls_1_2_and_newer(tmp_path: Path) -> None:
    assert server_context(*write_pair(tmp_path)).minimum_version == ssl.TLSVersion.TLSv1_2


def test_another_certificates_key_is_refused(tmp_path: Path) -> None:
    certificate, _ = write_pair(tmp_path, "one")
    _, key = write_pair(tmp_path, "two")
    with pytest.raises(SettingError, match="is not the key of tls_cert"):
        server_context(certificate, key)


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_a_password(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path, password=b"secret")
    with pytest.raises(SettingError, match="must not be encrypted"):
        server_context(certificate, key)


def test_files_that_are_missing_or_no_pem_are_refused(tmp_path: Path) -> None:
    certificate, key = write_pair(tmp_path)
    with pytest.raises(SettingError, match="cannot be read: No such file"):
        server_context(tmp_path / "missing", key)
    certificate.write_text("nonsense")
    with pytest.raises(SettingError, match="must be PEM files"):
        server_context(certificate, key)
