from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.tls import pairs
from kernel.tls.context import context_of, new_context
from kernel.tls.folder import CertificateFolder
from kernel.tls.pairs import BadPair, Pair
from kernel.tls.policies import POLICIES
from tests.servers.authority import Authority

NOW = datetime.now(UTC)
AUTHORITY = Authority()


@pytest.mark.parametrize(
    ("names", "name", "covered"),
    [
        ({"a.example.com"}, "a.example.com", True),
        ({"*.example.com"}, "a.example.com", True),
        ({"*.example.com"}, "*.example.com", True),
        ({"*.example.com"}, "a.b.example.com", False),
        ({"*.example.com"}, "example.com", False),
        ({"a.example.com"}, "*.example.com", False),
        ({"*.com"}, "*.example.com", False),
        (set(), "a.example.com", False),
    ],
)
def test_a_wildcard_stands_for_one_label(names: set[str], name: str, covered: bool) -> None:
    assert pairs.covers(frozenset(names), name) is covered


def test_a_certificate_serves_in_its_time() -> None:
    made = AUTHORITY.server("a.example.com", days=2)
    _, certificate = pairs.read(made.chain.encode(), made.private_key.encode())
    pairs.require_usable(certificate, "a.example.com", NOW)
    for moment, why in ((NOW + timedelta(days=3), "expired"), (NOW - timedelta(days=99), "yet")):
        with pytest.raises(BadPair, match=why):
            pairs.require_usable(certificate, "a.example.com", moment)


def test_a_key_in_memory_comes_to_no_disk_and_no_file_stays_open() -> None:
    made = AUTHORITY.server("a.example.com")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        context_of(Pair(made.chain, made.private_key.encode()))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_pair_that_openssl_does_not_take_is_refused() -> None:
    one, two = (AUTHORITY.server("a.example.com") for _ in range(2))
    with pytest.raises(BadPair):
        context_of(Pair(one.chain, two.private_key.encode()))


def test_a_placeholder_serves_its_host() -> None:
    made = pairs.placeholder("id.example.com", NOW)
    _, certificate = pairs.read(made.chain.encode(), made.private_key)
    pairs.require_usable(certificate, "id.example.com", NOW)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_makes_a_context(policy: str) -> None:
    assert new_context(policy).minimum_version is POLICIES[policy].minimum


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    AUTHORITY.server("a.example.com").write(tmp_path, "a.example.com")
    with (tmp_path / "a.example.com.crt").open("a") as file:
        file.write("\n" * 300_000)
    with pytest.raises(BadPair, match="bytes"):
        CertificateFolder(tmp_path).read("a.example.com")
