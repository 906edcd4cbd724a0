"""A pool on another server is the same pool: people sign in, tokens stay good."""

from __future__ import annotations

import base64
import io

import pytest
from pycognito import AWSSRP
from sqlalchemy import func, select

from idp.models import (
    Device,
    GroupMember,
    PoolAsset,
    PoolDocument,
    RecoveryCode,
    SoftwareToken,
    User,
    UserPool,
)
from poolgate.transfer import importing
from poolgate.transfer.exporting import CannotExport
from poolgate.transfer.importing import CannotImport, import_pool
from poolgate.transfer.sealed_file import CHUNK_BYTES, Damaged
from tests.idp.user_pools.imports.import_world import csv_file, new_import, person
from tests.idp.user_pools.imports.test_imported_passwords import hashed
from tests.idp.user_pools.operations.choosing import (
    FLOWS,
    RP_ID,
    Authenticator,
    begin,
    choosing_pool,
    configure,
    register,
    respond,
)
from tests.idp.user_pools.operations.choosing import person as choosing_person
from tests.idp.user_pools.operations.world import PASSWORD, AppClient, Pool, refused
from tests.poolgate.transfer.moves import PASSPHRASE, exported, moved, target_of


@pytest.fixture
def source(make_world):
    return make_world()


@pytest.fixture
def pool(source):
    made = source.email_pool(
        Schema=[{"Name": "team", "AttributeDataType": "String"}],
        Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}},
        UserPoolTags={"stage": "moving"},
    )
    made.call("create_resource_server", Identifier="api", Name="API",
              Scopes=[{"ScopeName": "read", "ScopeDescription": "r"}])  # fmt: skip
    made.call("create_user_pool_domain", Domain="moving-house")
    made.call("create_group", GroupName="movers", Precedence=3)
    sub = made.create_user("ann@example.com", **{"custom__team": "blue"})
    made.call("admin_add_user_to_group", Username=sub, GroupName="movers")
    rows = person("x", **{"cognito:username": "bob@example.com", "email": "bob@example.com",
                          "cognito:password_hash": hashed()})  # fmt: skip
    job = new_import(made, PasswordHashingAlgorithm="BCRYPT")
    job.run(csv_file(made, rows, hashes=True))
    source.kernel.database.write(add_factors, source, made.id, sub)
    return made


def add_factors(session, world, pool_id: str, sub: str) -> None:
    """Rows that other operations make."""
    now, seal = world.kernel.clock.now(), world.kernel.sealer.seal
    session.add_all(
        [
            SoftwareToken(user_id=sub, sealed_secret=seal(b"seed", f"software-token:{sub}"),
                          sealed_pending=None, friendly_name="phone", last_step=7, modified=now),
            RecoveryCode(user_id=sub, code_hash=b"keyed", created=now, used=None),
            Device(user_id=sub, device_key="us-east-1_d", group_key="g", name=None, salt=b"s",
                   sealed_verifier=seal(b"v", "device-verifier:us-east-1_d"), attributes={},
                   created=now, modified=now, last_authenticated=now),
            PoolDocument(pool_id=pool_id, kind="risk", key="", document={"a": [1, None, "ü"]},
                         created=now, modified=now),
            PoolDocument(pool_id=pool_id, kind="identity_provider", key="Big",
                         document={"a": 1, "sealed": base64.b64encode(
                             seal(b"theirs", f"pool-document:{pool_id}:identity_provider:Big")
                         ).decode()}, created=now, modified=now),
            PoolAsset(pool_id=pool_id, id="logo", content_type="image/png",
                      content=bytes(range(256)) * 2000, created=now),
        ]
    )  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def destination(request, make_world):
    if request.param == "sqlite":
        return make_world()
    return make_world(request.getfixturevalue("fresh_postgres_url"))


def test_a_pool_moves_to_a_server_of_another_kind_with_another_key(pool, source, destination):
    client = pool.client(GenerateSecret=True)
    tokens = client.tokens("ann@example.com")
    there = moved(exported(source, pool.id), destination, pool, client)
    # By password with the client's secret, by an imported hash, and with a token of the other one.
    assert there.tokens("ann@example.com")
    assert there.tokens("bob@example.com")
    me = destination.public.get_user(AccessToken=tokens["AccessToken"])
    attributes = {each["Name"]: each["Value"] for each in me["UserAttributes"]}
    assert attributes["custom:team"] == "blue"
    here, then = (
        world.admin.describe_user_pool(UserPoolId=pool.id)["UserPool"]
        for world in (source, destination)
    )
    assert here == then
    found = there.pool.call("list_users", Filter='email ^= "ann"')["Users"]
    assert [user["UserStatus"] for user in found] == ["CONFIRMED"]
    assert there.pool.call("list_users_in_group", GroupName="movers")["Users"]
    sub = attributes["sub"]
    open_ = destination.kernel.sealer.open

    def check(session):
        token = session.get(SoftwareToken, sub)
        assert open_(token.sealed_secret, f"software-token:{sub}") == b"seed"
        device = session.get(Device, (sub, "us-east-1_d"))
        assert open_(device.sealed_verifier, "device-verifier:us-east-1_d") == b"v"
        assert session.get(PoolDocument, (pool.id, "risk", "")).document == {"a": [1, None, "ü"]}
        secret = session.get(PoolDocument, (pool.id, "identity_provider", "Big")).document
        purpose = f"pool-document:{pool.id}:identity_provider:Big"
        assert open_(base64.b64decode(secret["sealed"]), purpose) == b"theirs"
        assert session.get(PoolAsset, (pool.id, "logo")).content == bytes(range(256)) * 2000
        assert session.get(RecoveryCode, (sub, b"keyed")) is None
        assert session.get(User, sub).created.tzinfo is not None
        progress = select(PoolDocument).where(PoolDocument.kind == "pool_import")
        assert session.scalar(progress) is None

    destination.kernel.database.read(check)


def test_srp_sign_ins_go_on(pool, source, make_world):
    client = pool.client()
    there = moved(exported(source, pool.id), make_world(), pool, client)
    srp = AWSSRP(username="ann@example.com", password=PASSWORD, pool_id=pool.id,
                 client_id=client.id, client=there.pool.world.public)  # fmt: skip
    assert srp.authenticate_user()["AuthenticationResult"]


def has_signed_in_by_passkey(client: AppClient, username: str, made: Authenticator) -> bool:
    asked = begin(client, username, "WEB_AUTHN")
    options = asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]
    answer = respond(client, asked, username, CREDENTIAL=made.get(options))
    return "AuthenticationResult" in answer


def test_passkeys_that_are_there_sign_in_after_each_move(source, make_world):
    """Authenticators go on naming the user as on the server where they were made."""
    pool = choosing_pool(source)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    here, email = pool.client(ExplicitAuthFlows=FLOWS), choosing_person(pool)
    made = register(here, email)
    assert has_signed_in_by_passkey(here, email, made)
    there = moved(exported(source, pool.id), make_world(), pool, here)
    assert has_signed_in_by_passkey(there, email, made)
    another = register(there, email)
    assert another.handle == made.handle  # as authenticators tell the accounts of a person apart
    further = moved(exported(there.pool.world, pool.id), make_world(), pool, here)
    assert has_signed_in_by_passkey(further, email, made)
    assert has_signed_in_by_passkey(further, email, another)
    made.handle = b"somebody else"
    with refused("NotAuthorizedException"):
        has_signed_in_by_passkey(further, email, made)


def test_a_users_choice_of_factors_keeps_his_moved_passkeys(source, make_world):
    pool = choosing_pool(source)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID}, MfaConfiguration="OPTIONAL",
              MfaFactors={"Sms": False, "SoftwareToken": False, "Email": {}})  # fmt: skip
    here, email = pool.client(ExplicitAuthFlows=FLOWS), choosing_person(pool)
    made = register(here, email)
    there = moved(exported(source, pool.id), make_world(), pool, here)
    for is_enabled in (True, False):
        there.pool.call("admin_set_user_mfa_preference", Username=email,
                        EmailMfaSettings={"Enabled": is_enabled})  # fmt: skip
    assert has_signed_in_by_passkey(there, email, made)


def test_a_revoked_sign_in_stays_revoked(pool, source, make_world):
    client = pool.client()
    tokens = client.tokens("ann@example.com")
    client.call("revoke_token", Token=tokens["RefreshToken"])
    world = make_world()
    moved(exported(source, pool.id), world, pool, client)
    with refused("NotAuthorizedException"):
        world.public.get_user(AccessToken=tokens["AccessToken"])


def test_refresh_tokens_go_on_under_the_same_sealing_key(pool, source, make_world):
    client = pool.client()
    tokens = client.tokens("ann@example.com")
    same = make_world(key=source.kernel.sealer.keys[1])
    there = moved(exported(source, pool.id), same, pool, client)
    assert there.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    assert same.kernel.database.read(
        lambda session: session.scalar(select(func.count()).select_from(RecoveryCode))
    )


def test_without_signing_keys_the_pool_gets_new_ones(pool, source, make_world):
    client = pool.client()
    tokens = client.tokens("ann@example.com")
    world = make_world()
    there = moved(exported(source, pool.id, with_signing_keys=False), world, pool, client)
    with refused("NotAuthorizedException"):
        world.public.get_user(AccessToken=tokens["AccessToken"])
    assert there.tokens("ann@example.com")


def test_the_file_shows_nothing_and_holds_no_server_secrets(pool, source):
    content = exported(source, pool.id)
    for text in (b"ann@example.com", b"moving-house", pool.id.encode(), b"BEGIN PRIVATE KEY"):
        assert text not in content


def test_a_pool_is_not_imported_twice(pool, source, make_world):
    world, content = make_world(), exported(source, pool.id)
    import_pool(target_of(world), io.BytesIO(content), PASSPHRASE)
    with pytest.raises(CannotImport, match="already"):
        import_pool(target_of(world), io.BytesIO(content), PASSPHRASE)


def test_a_taken_domain_is_said_without_values(pool, source, make_world):
    world = make_world()
    world.pool().call("create_user_pool_domain", Domain="moving-house")
    with pytest.raises(CannotImport, match="user_pool_domains"):
        import_pool(target_of(world), io.BytesIO(exported(source, pool.id)), PASSPHRASE)


def test_nothing_of_a_damaged_file_is_stored(pool, source, make_world):
    world, content = make_world(), exported(source, pool.id)
    altered = bytearray(content)
    altered[-1] ^= 1
    for damaged in (content[:-10], bytes(altered), content + b"\x00"):
        with pytest.raises(Damaged):
            import_pool(target_of(world), io.BytesIO(damaged), PASSPHRASE)
    with pytest.raises(Damaged):
        import_pool(target_of(world), io.BytesIO(content), "another passphrase")
    assert world.kernel.database.read(lambda session: session.get(UserPool, pool.id)) is None


def test_an_import_goes_on_after_the_last_chunk_that_was_stored(
    pool, source, make_world, monkeypatch
):
    job = new_import(pool)
    people = (
        person("x", **{"cognito:username": f"p{n}@example.com", "email": f"p{n}@example.com",
                       "profile": "p" * 500})
        for n in range(1200)
    )  # fmt: skip
    job.run(csv_file(pool, *people))
    client = pool.client()
    content, world = exported(source, pool.id), make_world()
    assert len(content) > 4 * CHUNK_BYTES
    store, calls = importing._store, []

    def dies_at_the_third(session, target, transfer, chunk, done):
        calls.append(chunk.number)
        store(session, target, transfer, chunk, done)
        if chunk.number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_store", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        import_pool(target_of(world), io.BytesIO(content), PASSPHRASE)
    with pytest.raises(CannotExport, match="in part"):
        exported(world, pool.id)
    with refused("ResourceNotFoundException"):  # nobody signs in to half a pool
        AppClient(Pool(world, pool.id), client.id).sign_in("ann@example.com")
    with pytest.raises(CannotImport):  # another file of the same pool
        import_pool(target_of(world), io.BytesIO(exported(source, pool.id)), PASSPHRASE)
    monkeypatch.setattr(importing, "_store", store)
    done = import_pool(target_of(world), io.BytesIO(content), PASSPHRASE)
    assert done.resumed_at == 2
    count = select(func.count()).select_from(User).where(User.pool_id == pool.id)
    assert world.kernel.database.read(lambda session: session.scalar(count)) == 1202
    assert AppClient(Pool(world, pool.id), client.id).tokens("ann@example.com")


def test_the_account_can_change(pool, source, make_world):
    world = make_world()
    import_pool(target_of(world, "222222222222"), io.BytesIO(exported(source, pool.id)), PASSPHRASE)
    with refused("ResourceNotFoundException"):
        world.admin.describe_user_pool(UserPoolId=pool.id)
    assert world.client(key="OTHER").describe_user_pool(UserPoolId=pool.id)


def test_no_pool_is_no_file(source):
    with pytest.raises(CannotExport, match="no user pool"):
        exported(source, "us-east-1_Nowhere00")


def test_members_of_groups_are_those_of_the_pool(pool, source):
    other = source.pool()
    other.call("create_group", GroupName="movers")
    sub = other.create_user("stranger")
    other.call("admin_add_user_to_group", Username=sub, GroupName="movers")
    content = exported(source, pool.id)
    assert content
    members = select(func.count()).select_from(GroupMember)
    assert source.kernel.database.read(lambda session: session.scalar(members)) == 2
