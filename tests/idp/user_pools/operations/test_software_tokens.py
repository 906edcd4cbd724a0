"""AssociateSoftwareToken, VerifySoftwareToken and AdminDeleteSoftwareToken by access token."""

from __future__ import annotations

import re

import pytest

from idp.models import RecoveryCode, SoftwareToken
from idp.user_pools.services import recovery_codes
from tests.idp.user_pools.operations.mfa_world import SMS, TOTP, Person, mfa_pool, person
from tests.idp.user_pools.operations.world import World, at_once, refused


@pytest.fixture
def ada(world: World) -> Person:
    return person(mfa_pool(world, "OPTIONAL", TOTP))


def row(ada: Person) -> SoftwareToken | None:
    sub = ada.client.pool.attributes(ada.username)["sub"]
    return ada.world.kernel.database.read(lambda session: session.get(SoftwareToken, sub))


def test_secret_is_of_20_bytes_and_sealed_at_rest(ada: Person) -> None:
    answer = ada.associate(AccessToken=ada.tokens()["AccessToken"])
    assert re.fullmatch("[A-Z2-7]{32}", answer["SecretCode"])
    assert "Session" not in answer
    kept = row(ada)
    assert kept is not None
    assert kept.sealed_secret is None
    assert kept.sealed_pending
    assert answer["SecretCode"].encode() not in kept.sealed_pending


def test_right_code_takes_the_secret_into_use(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.associate(AccessToken=token)
    answer = ada.verify(ada.code(), AccessToken=token, FriendlyDeviceName="my phone")
    assert (answer["Status"], "Session" in answer) == ("SUCCESS", False)
    kept = row(ada)
    assert kept is not None
    assert kept.sealed_pending is None
    assert kept.sealed_secret
    assert kept.friendly_name == "my phone"


def test_verified_token_is_not_turned_on_by_itself(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.associate(AccessToken=token)
    ada.verify(ada.code(), AccessToken=token)
    assert "UserMFASettingList" not in ada.described
    assert "AuthenticationResult" in ada.begin()


def test_wrong_code_is_refused_and_counted(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.associate(AccessToken=token)
    for _ in range(5):
        with refused("EnableSoftwareTokenMFAException", "Code mismatch"):
            ada.verify(ada.code(5), AccessToken=token)
    with refused("NotAuthorizedException", "attempts exceeded"):
        ada.verify(ada.code(), AccessToken=token)


def test_code_without_a_secret_verifies_nothing(ada: Person) -> None:
    with refused("SoftwareTokenMFANotFoundException"):
        ada.verify("123456", AccessToken=ada.tokens()["AccessToken"])


def test_secret_is_verified_once(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.associate(AccessToken=token)
    outcomes = at_once(*[lambda: ada.verify(ada.code(), AccessToken=token)] * 4)
    assert outcomes.count("ok") == 1


def test_newer_secret_replaces_the_one_that_waits(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    first = ada.associate(AccessToken=token)["SecretCode"]
    second = ada.associate(AccessToken=token)["SecretCode"]
    assert first != second
    ada.secret = first
    with refused("EnableSoftwareTokenMFAException"):
        ada.verify(ada.code(), AccessToken=token)


def test_secret_in_use_stays_until_the_new_one_is_verified(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.enrol(token)
    old = ada.secret
    ada.associate(AccessToken=token)
    ada.secret = old
    assert "AuthenticationResult" in ada.answer(ada.begin(), ada.next_code())


def test_pool_without_totp_hands_out_no_secrets(world: World) -> None:
    ada = person(world.pool(MfaConfiguration="OPTIONAL", **SMS))
    token = ada.tokens()["AccessToken"]
    with refused("SoftwareTokenMFANotFoundException", "enabled by the userPool"):
        ada.associate(AccessToken=token)
    with refused("SoftwareTokenMFANotFoundException", "enabled by the userPool"):
        ada.verify("123456", AccessToken=token)


def test_access_token_and_session_exclude_each_other(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    for given in ({}, {"AccessToken": token, "Session": "s" * 20}):
        with refused("InvalidParameterException"):
            ada.associate(**given)
        with refused("InvalidParameterException"):
            ada.verify("123456", **given)


@pytest.mark.parametrize("name", ["x" * 257, "a\nb", "\x7f"])
def test_friendly_name_is_bounded(ada: Person, name: str) -> None:
    token = ada.tokens()["AccessToken"]
    ada.associate(AccessToken=token)
    with refused("InvalidParameterException", "FriendlyDeviceName"):
        ada.verify(ada.code(), AccessToken=token, FriendlyDeviceName=name)


def test_revoked_access_token_enrols_nothing(ada: Person) -> None:
    token = ada.tokens()["AccessToken"]
    ada.world.public.global_sign_out(AccessToken=token)
    with refused("NotAuthorizedException"):
        ada.associate(AccessToken=token)


def test_deleted_token_is_forgotten_with_its_preference_and_recovery_codes(ada: Person) -> None:
    ada.enrol(ada.tokens()["AccessToken"])
    pool, kernel = ada.client.pool, ada.world.kernel
    sub = pool.attributes(ada.username)["sub"]
    kernel.database.write(recovery_codes.make, kernel, sub)
    assert ada.begin()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    pool.call("admin_delete_software_token", Username=ada.username)
    assert row(ada) is None
    assert "UserMFASettingList" not in ada.described
    left = kernel.database.read(lambda s: s.query(RecoveryCode).filter_by(user_id=sub).count())
    assert left == 0
    assert "AuthenticationResult" in ada.begin()
    pool.call("admin_delete_software_token", Username=ada.username)


def test_deleting_the_token_of_nobody_is_refused(ada: Person) -> None:
    with refused("UserNotFoundException"):
        ada.client.pool.call("admin_delete_software_token", Username="nobody")
