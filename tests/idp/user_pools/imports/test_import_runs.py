"""Imports of many rows: what they do to others, and what a crash leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from idp.models import SearchableAttribute, SignInName, User, UserImportJob
from idp.user_pools.services import import_files, import_runner, import_steps
from tests.idp.user_pools.imports.import_world import (
    Import,
    ImportWorld,
    csv_file,
    new_import,
    person,
)
from tests.idp.user_pools.operations.world import Pool, at_once

ROOT = Path(__file__).parents[4]
ROWS = 20_000


def big_file(pool: Pool, rows: int) -> str:
    return csv_file(pool, *(person(f"user-{n:07}", name=f"Number {n}") for n in range(rows)))


def counts(job: Import) -> tuple[int, int, int]:
    """Users, names and searchable values of the job's pool."""

    def unit(session):
        return tuple(
            session.scalar(select(func.count()).where(model.pool_id == job.pool.id))
            for model in (User, SignInName, SearchableAttribute)
        )

    found: tuple[int, int, int] = job.world.kernel.database.read(unit)
    return found


def test_twenty_thousand_rows_while_people_sign_in(world, pool):
    pool.create_user("present")
    client, job = pool.client(), new_import(pool)
    content = big_file(pool, ROWS)
    job.upload(content)
    job.start()
    slowest, signed_in = 0.0, 0
    worker = threading.Thread(target=world.runner.run_all)
    worker.start()
    while worker.is_alive():
        began = time.monotonic()
        client.tokens("present")
        slowest = max(slowest, time.monotonic() - began)
        signed_in += 1
    worker.join()
    done = job.describe()
    assert (done["Status"], done["ImportedUsers"]) == ("Succeeded", ROWS)
    assert counts(job) == (ROWS + 1, ROWS + 1, ROWS * 6 + 4)
    assert signed_in > 20
    assert slowest < 8  # of the twenty seconds or so that the import takes on such a machine


def test_a_killed_worker_is_followed_by_another_one(world, pool):
    """Each row is in the pool once, though the process died in the middle of the file."""
    job = new_import(pool)
    content = big_file(pool, 6_000) + csv_file(pool, person("user-0000001")).splitlines()[1] + "\n"
    job.upload(content)
    world.time.now = time.time()
    job.start()
    worker = start_worker(world.folder)
    deadline = time.monotonic() + 30
    while job.describe()["ImportedUsers"] < 1_000 and time.monotonic() < deadline:
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    before = job.describe()
    assert 1_000 <= before["ImportedUsers"] < 6_000
    assert before["Status"] == "InProgress"
    world.time.now = time.time()
    world.runner.run_all()  # the lease of the dead one still holds
    assert job.describe()["ImportedUsers"] == before["ImportedUsers"]
    world.time.pass_by(seconds=import_steps.LEASE_SECONDS + 1)
    world.runner.run_all()
    done = job.describe()
    assert (done["Status"], done["ImportedUsers"], done["SkippedUsers"]) == ("Succeeded", 6_000, 1)
    assert counts(job)[0] == 6_000
    assert job.log()[-1]["ImportedUsers"] == 6_000
    assert job.reasons() == {6002: "SKIPPED: The user already exists."}


def start_worker(folder: Path) -> subprocess.Popen[str]:
    module = "tests.idp.user_pools.imports.import_process"
    worker = subprocess.Popen(
        [sys.executable, "-m", module, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    worker.stdout.close()
    return worker


def test_a_worker_that_lost_its_lease_stores_nothing(world, pool):
    job = new_import(pool)
    job.upload(big_file(pool, 600))
    job.start()
    slow = world.runner
    run = slow._begin(slow._claim())
    world.time.pass_by(seconds=import_steps.LEASE_SECONDS + 1)
    import_runner.ImportRunner(world.kernel).run_all()
    with pytest.raises(import_steps.LeaseLost):
        slow._batch(run)
    assert counts(job)[0] == 600


def test_the_log_of_a_batch_is_written_by_whoever_takes_over(world, pool):
    """A worker died between the commit of a batch and its line in the log."""
    job = new_import(pool)
    rows = [person("twice"), person("twice"), *(person(f"more-{n}") for n in range(300))]
    job.upload(csv_file(pool, *rows))
    job.start()
    runner = world.runner
    runner._batch(runner._begin(runner._claim()))
    path = import_files.log_path(world.kernel.settings, job.id)
    path.write_bytes(b"half a li")
    world.time.pass_by(seconds=import_steps.LEASE_SECONDS + 1)
    runner.run_all()
    assert job.reasons() == {3: "SKIPPED: The user already exists."}
    assert job.log()[-1] == {
        "outcome": "Succeeded", "ImportedUsers": 301, "SkippedUsers": 1, "FailedUsers": 0
    }  # fmt: skip


def test_a_worker_that_stops_gives_its_job_back(world, pool):
    job = new_import(pool)
    job.upload(big_file(pool, 600))
    job.start()
    stopping = import_runner.ImportRunner(world.kernel)
    stopping._stopped.set()
    stopping._run(stopping._claim())
    world.runner.run_all()
    assert job.describe()["ImportedUsers"] == 600


def test_a_deleted_pool_ends_its_job(world, pool):
    job = new_import(pool)
    job.upload(big_file(pool, 600))
    job.start()
    runner = world.runner
    run = runner._batch(runner._begin(runner._claim()))
    world.admin.delete_user_pool(UserPoolId=pool.id)
    with pytest.raises(import_steps.LeaseLost):
        runner._batch(run)
    assert world.kernel.database.read(lambda s: s.get(UserImportJob, job.id)) is None


def test_jobs_run_on_postgresql_too(tmp_path, fresh_postgres_url):
    made = ImportWorld(tmp_path, fresh_postgres_url)
    try:
        pool = made.pool(AutoVerifiedAttributes=["email"])
        job = new_import(pool)
        done = job.run(big_file(pool, 1_000) + csv_file(pool, person("user-0000009")))
        assert (done["ImportedUsers"], done["SkippedUsers"], done["FailedUsers"]) == (1_000, 1, 1)
        assert counts(job)[0] == 1_000
        listed = pool.call("list_user_import_jobs", MaxResults=1)["UserImportJobs"]
        assert listed[0]["JobId"] == job.id
        # Two that come at once do not both find room.
        jobs = [new_import(pool) for _ in range(3)]
        for each in jobs:
            each.upload(csv_file(pool, person("late")))
        started = at_once(*(each.start for each in jobs))
        assert started == ["PreconditionNotMetException"] * 2 + ["ok"]
        made.kernel.settings.__dict__["quotas"] = (("groups_per_user_pool", 1),)
        groups = [lambda n=n: pool.call("create_group", GroupName=f"g{n}") for n in range(3)]
        assert at_once(*groups) == ["LimitExceededException"] * 2 + ["ok"]
    finally:
        made.close()


def test_batches_shrink_where_the_database_is_slow_and_grow_where_it_is_quick():
    assert import_runner.next_batch(100, 0.2) == 50
    assert import_runner.next_batch(30, 0.2) == import_runner.SMALLEST_BATCH
    assert import_runner.next_batch(100, 0.01) == 150
    assert import_runner.next_batch(400, 0.01) == import_runner.LARGEST_BATCH
    assert import_runner.next_batch(100, 0.03) == 100


def test_a_batch_that_nobody_can_store_fails_the_job_after_some_attempts(world, pool, monkeypatch):
    job = new_import(pool)
    job.upload(big_file(pool, 10))
    job.start()

    def broken(*_):
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(import_steps.imported_users, "store", broken)
        for attempt in range(import_steps.MOST_FAILURES):
            assert job.describe()["Status"] == ("InProgress" if attempt else "Pending")
            with pytest.raises(RuntimeError):
                world.runner.run_all()
            world.runner.run_all()  # the lease keeps others from trying at once
            world.time.pass_by(seconds=import_steps.LEASE_SECONDS + 1)
    assert job.describe()["Status"] == "Failed"
    world.runner.run_all()
    assert job.describe()["ImportedUsers"] == 0
