"""Who may upload what, where, and for how long."""

from __future__ import annotations

import os
import socket

import pytest

from idp.user_pools.services import import_files
from tests.idp.user_pools.imports.import_world import csv_file, new_import, person


@pytest.fixture
def job(pool):
    return new_import(pool)


def test_an_address_without_its_signature_takes_nothing(world, job):
    for url in (job.url.partition("?")[0], job.url[:-4] + "AAAA", job.url + "&signature=x"):
        status, text = world.put(url, b"x")
        assert (status, "SignatureDoesNotMatch" in text) == (403, True)


def test_an_address_is_good_for_its_own_job_only(world, pool, job):
    other = new_import(pool)
    url = job.url.replace(job.id, other.id)
    assert world.put(url, b"x")[0] == 403


def test_an_address_is_good_for_fifteen_minutes(world, pool, job):
    world.time.pass_by(minutes=15)
    status, text = job.upload(csv_file(pool))
    assert (status, "expired" in text) == (403, True)
    # Describing the job makes another one.
    assert world.put(job.describe()["PreSignedUrl"], csv_file(pool).encode())[0] == 200


def test_nothing_replaces_the_file_of_a_started_job(world, pool, job):
    job.upload(csv_file(pool, person("good")))
    job.start()
    status, text = job.upload(csv_file(pool, person("evil")))
    assert (status, "AccessDenied" in text) == (403, True)
    world.runner.run_all()
    assert pool.call("list_users")["Users"][0]["Username"] == "good"


def test_the_last_upload_before_the_start_counts(world, pool, job):
    job.upload(csv_file(pool, person("first")))
    job.upload(csv_file(pool, person("second")))
    job.start()
    world.runner.run_all()
    assert [user["Username"] for user in pool.call("list_users")["Users"]] == ["second"]


def test_an_upload_is_neither_read_back_nor_listed(world, job):
    for method in ("GET", "HEAD", "POST", "DELETE"):
        assert world.put(job.url, None, method=method)[0] == 405


def test_no_path_leads_out_of_the_folder(world, job):
    signature = job.url.partition("?")[2]
    for path in ("../../etc/passwd", "%2e%2e%2fx", job.id + "/..", job.id + "%00"):
        url = f"http://x/_poolgate/imports/{path}?{signature}"
        assert world.put(url, b"x")[0] in (403, 404)


def test_an_upload_that_is_too_large_leaves_no_file(world, job, monkeypatch):
    monkeypatch.setitem(world.kernel.settings.__dict__, "import_megabytes", 1)
    before = set(os.listdir(import_files.folder(world.kernel.settings)))
    status, text = world.put(job.url, bytes(1024 * 1024 + 1))
    assert (status, "EntityTooLarge" in text) == (400, True)
    pieces = (bytes(64 * 1024) for _ in range(20))
    assert world.put(job.url, pieces)[0] == 400  # chunked: nobody said how large
    assert set(os.listdir(import_files.folder(world.kernel.settings))) == before


def test_a_chunked_upload_is_taken(world, pool, job):
    content = csv_file(pool, person("chunky")).encode()
    assert world.put(job.url, iter([content[:10], content[10:]]))[0] == 200


def test_an_upload_that_breaks_off_is_not_taken(world, pool, job):
    path = job.url.partition("8350")[2]
    with socket.create_connection(("127.0.0.1", world.port), timeout=10) as connection:
        head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\npartial"
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert b" 400 " in answer.split(b"\r\n")[0]
    with pytest.raises(Exception, match="not been uploaded"):
        job.start()


def test_uploads_and_logs_are_their_owners_alone(world, pool, job):
    job.upload(csv_file(pool, person("p"), person("p")))
    folder = import_files.folder(world.kernel.settings)
    job.start()
    modes = {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}
    world.runner.run_all()
    modes |= {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}
    assert modes == {"0o600"}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_row_cannot_name_another_pool(world, pool, job):
    """No column is a pool, a `sub` or a status; what a value says stays a value."""
    other = world.pool(AutoVerifiedAttributes=["email"])
    evil = person("eve", name=f"{other.id}", profile='x"; DROP TABLE users; --', nickname="=1+1")
    content = csv_file(pool, evil)
    for column in ("sub", "identities", "pool_id", "cognito:user_status"):
        header, row = content.splitlines()
        injected = new_import(pool).run(f"{header},{column}\n{row},{other.id}\n")
        assert injected["Status"] == "Failed"
    assert job.run(content)["ImportedUsers"] == 1
    assert other.call("list_users")["Users"] == []
    assert pool.attributes("eve")["nickname"] == "=1+1"


def test_oversized_and_unreadable_lines_fail_alone(world, pool, job):
    content = csv_file(pool, person("before")).encode()
    content += b"x" * 5_000_000 + b"\n"
    content += b"\xff\xfe,\n"
    content += csv_file(pool, person("nul", name="a\x00b"), person("big", name="n" * 3000)).encode()
    content += csv_file(pool, person("after")).splitlines()[1].encode()
    done = job.run(content)
    reasons = job.reasons()
    assert done["ImportedUsers"] == 2
    assert "too long" in reasons[3]
    assert "UTF-8" in reasons[4]
    assert "characters that cannot be stored" in reasons[6] or "not CSV" in reasons[6]
    assert "2048" in reasons[7]
