from __future__ import annotations

from kernel.tokens import revocations
from kernel.tokens.revocations import Revocation, RevocationSet

CLAIMS = {"iss": "i", "sub": "s", "origin_jti": "o", "iat": 100}


def test_a_session_is_revoked_by_its_origin():
    current = RevocationSet(lambda: 0)
    current.add(Revocation("i", 200, origin_jti="o"))

    assert current.is_revoked(CLAIMS)
    assert not current.is_revoked({**CLAIMS, "origin_jti": "another"})
    assert not current.is_revoked({**CLAIMS, "iss": "another"})


def test_a_subject_is_revoked_up_to_a_moment():
    current = RevocationSet(lambda: 0)
    current.add(Revocation("i", 200, subject="s", not_before=101))

    assert current.is_revoked(CLAIMS)
    assert current.is_revoked({"iss": "i", "sub": "s"})
    assert not current.is_revoked({**CLAIMS, "iat": 101})
    assert not current.is_revoked({**CLAIMS, "sub": "another"})


def test_an_earlier_moment_that_arrives_late_changes_nothing():
    current = RevocationSet(lambda: 0)
    current.add(Revocation("i", 200, subject="s", not_before=101))
    current.add(Revocation("i", 200, subject="s", not_before=50))

    assert current.is_revoked(CLAIMS)


def test_a_revocation_travels_between_workers():
    revocation = Revocation("i", 200, subject="s", not_before=101)

    assert Revocation.from_bytes(revocation.to_bytes()) == revocation


def test_expired_revocations_are_swept(monkeypatch):
    monkeypatch.setattr(revocations, "SWEEP_AFTER", 4)
    current = RevocationSet(lambda: 1000)
    for number in range(4):
        current.add(Revocation("i", 999 + number, origin_jti=str(number)))

    assert not current.is_revoked({"iss": "i", "origin_jti": "0"})
    assert current.is_revoked({"iss": "i", "origin_jti": "3"})
