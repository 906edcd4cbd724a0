"""Passwords that came as hashes: at the first sign-in, at the second, for those who have none."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import bcrypt
import pytest
from argon2 import PasswordHasher
from botocore.exceptions import ClientError
from pycognito import AWSSRP

from idp.models import PoolDocument, User, UserPool
from idp.user_pools.rules import imported_hashes, srp, usernames
from idp.user_pools.services import imported_credentials
from tests.idp.user_pools.imports.import_world import csv_file, new_import, person
from tests.idp.user_pools.operations.world import PASSWORD, outcome, refused
from tests.idp.user_pools.rules.test_imported_hashes import HASHES
from tests.idp.user_pools.rules.test_imported_hashes import PASSWORD as THEIRS


def hashed(password: str = PASSWORD, rounds: int = 4) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds)).decode()


def import_people(pool, *people, algorithm: str = "BCRYPT"):
    job = new_import(pool, PasswordHashingAlgorithm=algorithm)
    assert job.describe()["PasswordHashingAlgorithm"] == algorithm
    job.run(csv_file(pool, *people, hashes=True))
    return job


def with_hash(name: str, value: str | None = None):
    return person(name, **{"cognito:password_hash": hashed() if value is None else value})


def stored(world, pool, username: str) -> User:
    sub = pool.attributes(username)["sub"]
    found: User = world.kernel.database.read(lambda session: session.get(User, sub))
    return found


@pytest.mark.parametrize("name", HASHES)
def test_the_first_sign_in_turns_a_hash_of_any_form_into_a_verifier(world, pool, name):
    algorithm, value = HASHES[name]
    import_people(pool, with_hash("ann", value), algorithm=algorithm)
    assert pool.call("admin_get_user", Username="ann")["UserStatus"] == "CONFIRMED"
    client = pool.client()
    with refused("NotAuthorizedException"):
        client.sign_in("ann", "Wrong-horse-7")
    assert stored(world, pool, "ann").password_hash == value
    assert client.tokens("ann", THEIRS)
    user = stored(world, pool, "ann")
    assert user.password_hash is None
    assert user.sealed_verifier is not None
    assert client.tokens("ann", THEIRS)
    with refused("NotAuthorizedException"):
        client.sign_in("ann", "Wrong-horse-7")


def test_srp_works_once_the_password_came(world, pool):
    import_people(pool, with_hash("bob"))
    client = pool.client()

    def by_srp():
        srp = AWSSRP(
            username="bob", password=PASSWORD, pool_id=pool.id, client_id=client.id,
            client=world.public,
        )  # fmt: skip
        return srp.authenticate_user()

    assert outcome(by_srp) == "NotAuthorizedException"
    client.tokens("bob")
    assert outcome(by_srp) == "ok"


def test_a_pool_of_argon2id_keeps_its_own_parameters(world, pool):
    def keep_hashes(session):
        session.get(UserPool, pool.id).password_storage = "argon2id"

    world.kernel.database.write(keep_hashes)
    import_people(pool, with_hash("cyd", PasswordHasher(2, 1024, 2).hash(PASSWORD)),
                  algorithm="ARGON2ID")  # fmt: skip
    client = pool.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    client.tokens("cyd")
    assert stored(world, pool, "cyd").password_hash.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert client.tokens("cyd")
    assert outcome(lambda: client.sign_in("nobody")) == "UserNotFoundException"


def test_a_row_without_a_hash_must_be_reset(world, pool):
    import_people(pool, with_hash("dan", ""))
    assert pool.call("admin_get_user", Username="dan")["UserStatus"] == "RESET_REQUIRED"


def test_hashes_that_are_none_or_cost_too_much_fail_their_rows(world, pool):
    job = import_people(
        pool, with_hash("e1", "password"), with_hash("e2", "$2b$20$" + "." * 53), with_hash("e3")
    )
    assert job.describe()["ImportedUsers"] == 1
    reasons = job.reasons()
    assert "no form" in reasons[2]
    assert "bcrypt cost" in reasons[3]


def test_a_job_without_an_algorithm_takes_no_hashes(world, pool):
    content = csv_file(pool, with_hash("fay"), hashes=True)
    assert new_import(pool).run(content)["Status"] == "Failed"


def test_the_log_warns_where_no_client_sends_a_password(world, pool):
    pool.client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    assert "warning" in import_people(pool, with_hash("gil")).log()[0]
    pool.client()
    assert "warning" not in import_people(pool, with_hash("gin")).log()[0]


def test_a_changed_password_replaces_the_hash(world, pool):
    import_people(pool, with_hash("hal"))
    pool.call("admin_set_user_password", Username="hal", Password="Other-horse-9", Permanent=True)
    assert stored(world, pool, "hal").password_hash is None
    with refused("NotAuthorizedException"):
        pool.client().sign_in("hal", PASSWORD)


def test_an_upgrade_does_not_undo_a_password_that_was_set_meanwhile(world, pool):
    import_people(pool, with_hash("ian"))
    user = stored(world, pool, "ian")
    old = imported_credentials.Credential(hash=user.password_hash)
    pool.call("admin_set_user_password", Username="ian", Password="Other-horse-9", Permanent=True)
    found = world.kernel.database.read(lambda session: session.get(UserPool, pool.id))
    imported_credentials.upgrade(world.kernel, found, user, old, PASSWORD)
    assert pool.client().tokens("ian", "Other-horse-9")


def test_the_age_of_the_password_and_the_history_stay(world):
    pool = world.pool(
        AutoVerifiedAttributes=["email"],
        Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}},
    )
    import_people(pool, with_hash("jan"))
    before = stored(world, pool, "jan").password_set
    world.time.pass_by(hours=1)
    token = pool.client().tokens("jan")["AccessToken"]
    assert stored(world, pool, "jan").password_set == before
    with refused("PasswordHistoryPolicyViolationException"):
        world.public.change_password(
            AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=PASSWORD
        )


@pytest.fixture
def work(monkeypatch):
    """What is computed: the forms of hashes, and "srp" for a verifier."""
    done: list[str] = []
    verify, check_password = imported_hashes.verify, srp.check_password

    def of_hash(value: str, password: str) -> bool:
        done.append(imported_hashes.parse(value).form)
        return verify(value, password)

    def of_verifier(*given):
        done.append("srp")
        return check_password(*given)

    monkeypatch.setattr(imported_hashes, "verify", of_hash)
    monkeypatch.setattr(srp, "check_password", of_verifier)
    return done


def test_everybody_costs_the_same_where_hashes_were_imported(world, pool, work):
    """Whoever exists with a hash, with a verifier, without a password, or not at all."""
    import_people(pool, with_hash("slow"), with_hash("none", ""))
    pool.create_user("own")
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    for name in ("slow", "own", "none", "nobody"):
        work.clear()
        with refused("NotAuthorizedException", "Incorrect username or password."):
            client.sign_in(name, "Wrong-horse-7")
        assert sorted(work) == ["$2b$04", "srp"], name
    work.clear()
    client.tokens("own")
    assert sorted(work) == ["$2b$04", "srp"]


def test_somebody_without_a_password_costs_what_others_do(world, pool, work):
    new_import(pool).run(csv_file(pool, person("none")))
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    for name in ("none", "nobody"):
        work.clear()
        with refused("NotAuthorizedException", "Incorrect username or password."):
            client.sign_in(name)
        assert work == ["srp"], name


def test_a_pool_without_imported_hashes_pays_nothing(world, pool):
    pool.create_user("quick")
    client = pool.client()
    client.tokens("quick")
    document = world.kernel.database.read(
        lambda session: session.get(PoolDocument, (pool.id, "imported_hashes", "forms"))
    )
    assert document is None


def test_the_choice_for_a_name_is_stable_and_as_frequent_as_the_form():
    forms = (("$2b$10", 3), ("$2b$12", 1))
    seeds = [n.to_bytes(8) for n in range(4000)]
    found = [imported_credentials.chosen(seed, forms) for seed in seeds]
    assert found == [imported_credentials.chosen(seed, forms) for seed in seeds]
    assert found.count("$2b$12") == 1000


def test_a_pool_holds_sixteen_kinds_of_hashes_at_most(world, pool):
    hashes = [f"$pbkdf2-sha256${1000 + n}$" + HASHES["phc"][1].split("$", 3)[3] for n in range(18)]
    people = [with_hash(f"k{n}", value) for n, value in enumerate(hashes)]
    job = import_people(pool, *people, algorithm="PBKDF2_SHA256")
    done = job.describe()
    assert (done["ImportedUsers"], done["FailedUsers"]) == (16, 2)


def answer_srp(client, name: str) -> tuple[dict[str, str], str]:
    """What PASSWORD_VERIFIER tells, and what a wrong proof is answered with."""
    begun = client.call(
        "initiate_auth", AuthFlow="USER_SRP_AUTH",
        AuthParameters={"USERNAME": name, "SRP_A": "b" * 700},
    )["ChallengeParameters"]  # fmt: skip
    with pytest.raises(ClientError) as caught:
        client.call(
            "respond_to_auth_challenge",
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses={
                "USERNAME": begun["USER_ID_FOR_SRP"],
                "PASSWORD_CLAIM_SECRET_BLOCK": begun["SECRET_BLOCK"],
                "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(bytes(32)).decode(),
                "TIMESTAMP": f"{datetime.now(UTC):%a %b %-d %H:%M:%S UTC %Y}",
            },
        )
    return begun, caught.value.response["Error"]["Message"]


def test_srp_tells_nothing_of_who_has_an_imported_hash(world):
    pool = world.email_pool()
    row = {"cognito:username": "ann@example.com", "email": "ann@example.com"}
    import_people(pool, {**with_hash("x"), **row})
    pool.create_user("own@example.com")
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    told = {
        name: answer_srp(client, name)
        for name in ("ann@example.com", "own@example.com", "nobody@example.com")
    }
    assert {message for _, message in told.values()} == {"Incorrect username or password."}
    for begun, _ in told.values():
        assert usernames.may_be_sub(begun["USER_ID_FOR_SRP"])
    again = answer_srp(client, "ann@example.com")[0]
    assert again["SALT"] == told["ann@example.com"][0]["SALT"]


def test_every_name_of_somebody_with_an_imported_hash_is_answered_alike(world):
    pool = world.alias_pool()
    import_people(pool, with_hash("bea"))
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    first, second = (answer_srp(client, name)[0] for name in ("bea", "bea@example.com"))
    assert first["SALT"] == second["SALT"]
    assert first["USER_ID_FOR_SRP"] == second["USER_ID_FOR_SRP"] == "bea"
