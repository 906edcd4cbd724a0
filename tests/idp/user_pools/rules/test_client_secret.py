from __future__ import annotations

import hmac

import pytest

from idp.user_pools.rules.client_secret import is_client_secret


def test_either_secret_is_good_while_they_are_rotated():
    assert is_client_secret("old", ["old", "new"])
    assert is_client_secret("new", ["old", "new"])


@pytest.mark.parametrize("given", [None, "", "olD", "old ", "é", "\ud800"])
def test_anything_else_is_refused(given):
    assert not is_client_secret(given, ["old", "new"])


def test_a_public_client_gives_no_secret():
    assert is_client_secret(None, [])
    assert is_client_secret("", [])
    assert not is_client_secret("anything", [])


def test_every_secret_is_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(
        hmac, "compare_digest", lambda left, right: compared.append((left, right)) or True
    )
    is_client_secret("old", ["old", "new"])
    assert len(compared) == 2
