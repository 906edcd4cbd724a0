"""User import jobs as AWS's clients see them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from idp.models import UserImportJob
from idp.user_pools.services import import_files
from idp.user_pools.services.import_runner import FIRST_BATCH
from idp.user_pools.services.import_sweep import sweep
from tests.idp.user_pools.imports.import_world import (
    ROLE,
    ImportWorld,
    csv_file,
    new_import,
    person,
)
from tests.idp.user_pools.operations.providers import OIDC, create
from tests.idp.user_pools.operations.world import PASSWORD, refused


def test_the_header_has_every_attribute_but_sub(world):
    pool = world.pool(Schema=[{"Name": "team", "AttributeDataType": "String"}])
    header = pool.call("get_csv_header")["CSVHeader"]
    assert header[:2] == ["name", "given_name"]
    assert header[-3:] == ["custom:team", "cognito:mfa_enabled", "cognito:username"]
    assert "sub" not in header


def test_the_header_of_no_pool_is_refused(world):
    with refused("ResourceNotFoundException"):
        world.admin.get_csv_header(UserPoolId="us-east-1_Nowhere00")


def test_a_new_job_has_an_upload_address(world, pool):
    made = pool.call("create_user_import_job", JobName="move", CloudWatchLogsRoleArn=ROLE)
    job = made["UserImportJob"]
    assert job["Status"] == "Created"
    assert job["JobId"].startswith("import-")
    assert job["PreSignedUrl"].startswith(f"http://localhost:8350/_poolgate/imports/{job['JobId']}")
    assert (job["ImportedUsers"], job["SkippedUsers"], job["FailedUsers"]) == (0, 0, 0)


def test_imported_people_must_reset_their_passwords(world, pool):
    job = new_import(pool)
    done = job.run(csv_file(pool, person("ann", name="Ann\\ O"), person("bob", address="1, Road")))
    assert done["Status"] == "Succeeded"
    assert (done["ImportedUsers"], done["SkippedUsers"], done["FailedUsers"]) == (2, 0, 0)
    assert done["CompletionDate"] >= done["StartDate"]
    assert "PreSignedUrl" not in done
    user = pool.call("admin_get_user", Username="bob")
    assert user["UserStatus"] == "RESET_REQUIRED"
    assert pool.attributes("bob")["address"] == "1, Road"
    with refused("PasswordResetRequiredException"):
        pool.client().sign_in("bob")
    with refused("NotAuthorizedException"):  # which tells as little as for a missing user
        pool.client(PreventUserExistenceErrors="ENABLED").sign_in("bob")


def test_imported_people_set_a_password_by_a_code(world, pool):
    new_import(pool).run(csv_file(pool, person("resetting")))
    client = pool.client()
    client.call("forgot_password", Username="resetting")
    code = world.code("resetting@example.com")
    client.call(
        "confirm_forgot_password", Username="resetting", ConfirmationCode=code, Password=PASSWORD
    )
    assert client.tokens("resetting")


def test_imported_people_are_found_by_every_filter(world, pool):
    new_import(pool).run(csv_file(pool, person("carla", given_name="Carla")))
    found = pool.call("list_users", Filter='given_name = "Carla"')["Users"]
    assert [user["Username"] for user in found] == ["carla"]
    assert pool.call("list_users", Filter='cognito:user_status = "RESET_REQUIRED"')["Users"]


def test_people_of_an_email_pool_sign_in_by_their_address(world):
    pool = world.email_pool()
    rows = [person("x", **{"cognito:username": "dora@example.com", "email": "dora@example.com"})]
    rows.append(person("y", **{"cognito:username": "", "email": "emil@example.com"}))
    assert new_import(pool).run(csv_file(pool, *rows))["ImportedUsers"] == 2
    user = pool.call("admin_get_user", Username="emil@example.com")
    assert user["Username"] == pool.attributes("emil@example.com")["sub"]


def test_rows_fail_by_themselves_and_the_log_says_why(world):
    pool = world.alias_pool(
        Schema=[
            {"Name": "team", "AttributeDataType": "String",
             "StringAttributeConstraints": {"MaxLength": "5"}},
            {"Name": "family_name", "Required": True},
        ],
    )  # fmt: skip
    pool.create_user("taken", email="held@example.com", email_verified="true", family_name="T")
    ok = {"family_name": "F"}
    content = csv_file(
        pool,
        person("taken", **ok),
        person("fine", **ok),
        person("fine", **ok),
        person("held", email="held@example.com", family_name="F"),
        person("no-flag", email_verified="", family_name="F"),
        person("bad-flag", email_verified="yes", family_name="F"),
        person("mail", email="not an address", family_name="F"),
        person("phone", phone_number="+491234567", phone_number_verified="TRUE", **ok),
        person("flag-only", phone_number_verified="true", **ok),
        person("long", custom__team="longer", **ok),
        person("mfa", **{"cognito:mfa_enabled": "true"}, **ok),
        person("no-mfa", **{"cognito:mfa_enabled": ""}, **ok),
        person("lacking"),
        person("looks@like.mail", **ok),
        person("two words", **ok),
        person("", **ok),
    )
    job = new_import(pool)
    done = job.run(content + "one,two\n\n" + '"open quote\n')
    reasons = job.reasons()
    assert (done["Status"], done["ImportedUsers"], done["SkippedUsers"]) == ("Succeeded", 2, 2)
    assert done["FailedUsers"] == len(reasons) - 2
    assert reasons[2] == reasons[4] == "SKIPPED: The user already exists."
    assert "given email" in reasons[5]
    assert "auto verified" in reasons[6]
    assert "email_verified" in reasons[7]
    assert "Invalid email address" in reasons[8]
    assert 9 not in reasons
    assert "phone_number is empty" in reasons[10]
    assert "custom:team" in reasons[11]
    assert "no MFA" in reasons[12]
    assert "mfa_enabled must be" in reasons[13]
    assert "family_name: The attribute is required" in reasons[14]
    assert "email format" in reasons[15]
    assert "space" in reasons[16]
    assert "empty" in reasons[17]
    assert "number of columns" in reasons[18]
    assert "not CSV" in reasons[20]
    assert (
        "example.com" not in import_files.log_path(world.kernel.settings, job.id).read_text()
    )  # no user data


def test_nobody_is_imported_under_a_name_of_an_identity_providers_people(world, pool):
    create(pool, "OIDC", OIDC, "Office")
    job = new_import(pool)
    job.run(csv_file(pool, person("Office_ada"), person("ada")))
    assert "cannot begin with Office_" in job.reasons()[2]
    assert 3 not in job.reasons()


def test_the_order_of_the_columns_is_free(world, pool):
    header, row = csv_file(pool, person("gus")).splitlines()
    pairs = sorted(zip(header.split(","), row.split(","), strict=True), reverse=True)
    turned = "\r\n".join((",".join(name for name, _ in pairs), ",".join(v for _, v in pairs)))
    assert new_import(pool).run("\ufeff" + turned)["ImportedUsers"] == 1


@pytest.mark.parametrize("header", ["", "cognito:username,email", "a,b,c"])
def test_a_wrong_header_fails_the_job(world, pool, header):
    done = new_import(pool).run(f"{header}\nx,y,z\n")
    assert done["Status"] == "Failed"
    assert "header" in done["CompletionMessage"]


def test_a_column_twice_is_a_wrong_header(world, pool):
    content = csv_file(pool, person("hal")).replace("name,given_name", "given_name,given_name", 1)
    assert new_import(pool).run(content)["Status"] == "Failed"


def test_a_job_without_a_file_does_not_start(world, pool):
    with refused("PreconditionNotMetException", "not been uploaded"):
        new_import(pool).start()


def test_a_pool_without_auto_verified_attributes_imports_nobody(world):
    pool = world.pool()
    job = new_import(pool)
    job.upload(csv_file(pool))
    with refused("PreconditionNotMetException", "auto verified"):
        job.start()


def test_a_job_starts_once(world, pool):
    job = new_import(pool)
    job.run(csv_file(pool, person("ida")))
    with refused("PreconditionNotMetException", "Succeeded"):
        job.start()


def test_one_job_of_a_pool_runs_at_a_time(world, pool):
    first, second = new_import(pool), new_import(pool)
    for job in (first, second):
        job.upload(csv_file(pool, person("jo")))
    assert first.start()["Status"] == "Pending"
    with refused("PreconditionNotMetException", "Another job"):
        second.start()
    world.runner.run_all()
    second.start()
    world.runner.run_all()
    assert second.describe()["SkippedUsers"] == 1


def test_a_job_that_waits_is_stopped_at_once(world, pool):
    job = new_import(pool)
    job.upload(csv_file(pool, person("kim")))
    job.start()
    assert job.stop()["Status"] == "Stopped"
    world.runner.run_all()
    assert job.describe()["ImportedUsers"] == 0
    with refused("PreconditionNotMetException"):
        job.stop()


def test_a_job_that_runs_stops_at_its_next_batch(world, pool):
    job = new_import(pool)
    job.upload(csv_file(pool, *(person(f"many-{n}") for n in range(500))))
    job.start()
    run = world.runner._claim()
    assert run is not None
    run = world.runner._batch(world.runner._begin(run))
    assert job.stop()["Status"] == "Stopping"
    assert world.runner._batch(run) is None
    done = job.describe()
    assert (done["Status"], done["ImportedUsers"]) == ("Stopped", FIRST_BATCH)


def test_jobs_of_a_pool_are_listed_the_newest_first(world, pool):
    jobs = []
    for _ in range(3):
        jobs.append(new_import(pool).id)
        world.time.pass_by(seconds=1)
    first = pool.call("list_user_import_jobs", MaxResults=2)
    rest = pool.call(
        "list_user_import_jobs", MaxResults=2, PaginationToken=first["PaginationToken"]
    )
    found = [job["JobId"] for job in (*first["UserImportJobs"], *rest["UserImportJobs"])]
    assert found == list(reversed(jobs))
    assert "PaginationToken" not in rest
    with refused("InvalidParameterException"):
        pool.call("list_user_import_jobs", MaxResults=2, PaginationToken="forged")


def test_a_job_belongs_to_its_pool(world, pool):
    job = new_import(pool)
    other = world.pool()
    for operation in ("describe", "start", "stop"):
        with refused("ResourceNotFoundException"):
            other.call(f"{operation}_user_import_job", JobId=job.id)


def test_a_job_that_nobody_starts_expires_and_loses_its_file(world, pool):
    job = new_import(pool)
    job.upload(csv_file(pool, person("lea")))
    name = world.kernel.database.read(lambda s: s.get(UserImportJob, job.id).document["own"])[
        "file"
    ]
    world.time.pass_by(hours=25)
    assert job.describe()["Status"] == "Expired"
    with refused("PreconditionNotMetException", "Expired"):
        job.start()
    world.time.pass_by(hours=25)
    sweep(world.kernel)
    assert not import_files.upload_path(world.kernel.settings, name).exists()


def test_a_pool_has_fifty_waiting_jobs_at_most(world, pool):
    for _ in range(50):
        new_import(pool)
    with refused("LimitExceededException"):
        new_import(pool)


def test_the_file_is_gone_when_the_job_has_ended(world, pool):
    before = set(import_files.folder(world.kernel.settings).glob("*.csv"))
    new_import(pool).run(csv_file(pool, person("max")))
    assert set(import_files.folder(world.kernel.settings).glob("*.csv")) <= before


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_uploads_as_the_developer_guide_shows(world: ImportWorld, pool, tmp_path):
    job = new_import(pool)
    path = tmp_path / "users.csv"
    path.write_text(csv_file(pool, person("nia")))
    url = job.url.replace("localhost:8350", f"127.0.0.1:{world.port}")
    words = ["curl", "-sf", "-T", str(path), "-H", "x-amz-server-side-encryption:aws:kms", url]
    subprocess.run(words, check=True, timeout=20)
    job.start()
    world.runner.run_all()
    assert job.describe()["ImportedUsers"] == 1
