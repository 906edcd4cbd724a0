"""Starting, draining, dying and reloading, as an operator sees them."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.poolgate.conftest import Toy, receive, wait_until
from tests.servers.run import free_port

StartToy = Callable[..., Toy]


def test_sigterm_finishes_requests_in_flight_and_refuses_new_ones(start_toy: StartToy) -> None:
    toy = start_toy()
    idle = toy.connect()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(toy.get, "/slow?seconds=1.5")
        time.sleep(0.3)
        toy.signal(signal.SIGTERM)
        start = time.monotonic()
        wait_until(lambda: refuses(toy), 1)
        assert slow.result()["pid"]
    assert toy.process is not None
    assert toy.process.wait(5) == 0
    assert time.monotonic() - start < 4, "an idle connection must not hold up the drain"
    assert receive(idle) == b""
    idle.close()


def refuses(toy: Toy) -> bool:
    try:
        toy.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_kept_alive_connection_is_told_to_close_while_draining(start_toy: StartToy) -> None:
    toy = start_toy()
    with toy.connect() as connection:
        connection.sendall(b"GET /slow?seconds=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.3)
        toy.signal(signal.SIGTERM)
        connection.settimeout(5)
        answer = receive(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"Connection: close" in answer


def test_sigint_leaves_at_once(start_toy: StartToy) -> None:
    toy = start_toy()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(toy.get, "/slow?seconds=20")
        time.sleep(0.3)
        toy.signal(signal.SIGINT)
        assert toy.process is not None
        assert toy.process.wait(5) == 0
        assert slow.exception() is not None


def test_a_killed_worker_is_restarted_and_the_others_go_on(start_toy: StartToy) -> None:
    toy = start_toy("--workers", "2")
    wait_until(lambda: len(toy.workers()) == 2)
    victim, survivor = toy.workers()
    os.kill(victim, signal.SIGKILL)
    for _ in range(5):
        assert toy.get("/")["pid"]
    wait_until(lambda: len(toy.workers()) == 2 and victim not in toy.workers())
    assert survivor in toy.workers()


def test_a_worker_that_cannot_start_is_tried_until_it_can(start_toy: StartToy) -> None:
    toy = start_toy("--workers", "2")
    wait_until(lambda: len(toy.workers()) == 2)
    victim, survivor = toy.workers()
    (toy.instance / "broken").touch()
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: "a worker did not start and is tried again" in toy.log)
    assert toy.get("/")["pid"] == survivor
    (toy.instance / "broken").unlink()
    wait_until(lambda: len(toy.workers()) == 2 and toy.get("/")["pid"] != survivor)


def test_workers_leave_when_the_supervisor_is_killed(start_toy: StartToy) -> None:
    toy = start_toy()
    (worker,) = toy.workers()
    toy.signal(signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), 5)


def test_sighup_reloads_settings_without_losing_a_request(start_toy: StartToy) -> None:
    toy = start_toy()
    assert toy.get("/")["region"] == "us-east-1"
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(toy.get, "/slow?seconds=1.5")
        time.sleep(0.2)
        (toy.instance / "poolgate.toml").write_text('region = "eu-west-1"\n')
        toy.signal(signal.SIGHUP)
        wait_until(lambda: toy.get("/")["region"] == "eu-west-1")
        assert slow.result()["pid"]
    wait_until(lambda: len(toy.workers()) == 1)


def test_a_reload_that_adds_workers_gives_them_a_valkey(start_toy: StartToy) -> None:
    toy = start_toy()
    assert toy.others() == []
    (toy.instance / "poolgate.toml").write_text("workers = 2\n")
    toy.signal(signal.SIGHUP)
    wait_until(lambda: len(toy.workers()) == 2 and len(toy.others()) == 1)
    wait_until(lambda: "settings reloaded" in toy.log)
    assert [toy.get("/claim/one")["won"] for _ in range(6)].count(True) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('region = "mars"\n', "region must be an AWS region such as us-east-1."),
        ("region = us-east-1\n", "text needs quotes"),
        ('quotas = ["clients_per_pool=3"]\n', "quotas names clients_per_pool, which is none of "),
        ('sms_sender = "pigeon"\n', "sms_sender must be one of webhook."),
        ('address_database = "/no/such.mmdb"\n', "address_database /no/such.mmdb cannot be read"),
        ('tls_cert = "/no/such"\ntls_key = "/no/such"\n', "cannot be read"),
        ("metrics_port = 9\n", "metrics_port cannot change while serving; start anew."),
    ],
)
def test_a_wrong_setting_on_reload_is_one_sentence_and_the_old_ones_go_on(
    start_toy: StartToy, wrong: str, sentence: str
) -> None:
    toy = start_toy()
    before = toy.get("/")["pid"]
    (toy.instance / "poolgate.toml").write_text(wrong)
    toy.signal(signal.SIGHUP)
    wait_until(lambda: "settings were not reloaded" in toy.log)
    assert sentence in toy.log
    assert "Traceback" not in toy.log
    assert toy.get("/")["pid"] == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--workers", "0"], "poolgate: workers must be a whole number from 1 to 256."),
        (["--host", "no.such.host.invalid"], "is not an address of this machine."),
        (["--public-url", "http://example.com"], "poolgate: public_url must be https"),
        (["--tls-cert", "/no/such"], "tls_cert and tls_key must be set together."),
        (["--tls-cert", "/no/such", "--tls-key", "/no/such"], "cannot be read"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(
    start_toy: StartToy, arguments: list[str], sentence: str
) -> None:
    toy = start_toy(*arguments, ready=False)
    assert toy.process is not None
    assert toy.process.wait(10) == 2
    assert sentence in toy.log
    assert len(toy.log.splitlines()) == 1


def test_a_busy_port_stops_the_start_with_one_sentence(start_toy: StartToy) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        toy = start_toy("--port", str(port), ready=False, MAKELEVEL="")
        assert toy.process is not None
        assert toy.process.wait(10) == 2
    assert toy.log == (
        f"poolgate: port {port} cannot be bound on 127.0.0.1: address already in use; "
        "`--port 8160` takes another one.\n"
    )


def test_make_run_is_told_how_to_take_another_port(start_toy: StartToy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        toy = start_toy("--port", str(port), ready=False, MAKELEVEL="1")
        assert toy.process is not None
        assert toy.process.wait(10) == 2
    assert "`POOLGATE_PORT=8160 make run` takes another one." in toy.log


def test_an_instance_is_served_once_unless_a_valkey_is_shared(start_toy: StartToy) -> None:
    first = start_toy()
    second = Toy(first.instance).start(ready=False)
    assert second.process is not None
    assert second.process.wait(10) == 2
    assert "is in use by another poolgate process" in second.log


def test_two_workers_share_state_through_a_private_valkey(start_toy: StartToy) -> None:
    toy = start_toy("--workers", "2")
    assert stat.S_IMODE((toy.instance / "run").stat().st_mode) == 0o700
    asked = [toy.get("/claim/one") for _ in range(12)]
    assert [answer["won"] for answer in asked].count(True) == 1
    wait_until(lambda: len({toy.get("/")["pid"] for _ in range(6)}) == 2)

    urlopen(f"http://127.0.0.1:{toy.port}/publish/word", data=b"").close()
    heard: dict[int, list[str]] = {}

    def all_heard() -> bool:
        answer = toy.get("/heard")
        heard[answer["pid"]] = answer["heard"]
        return len(heard) == 2 and all(words == ["word"] for words in heard.values())

    wait_until(all_heard, 5)


def test_the_private_valkey_is_restarted_and_stopped_at_the_end(start_toy: StartToy) -> None:
    toy = start_toy("--workers", "2")
    (valkey,) = toy.others()
    assert toy.get("/claim/before")["won"]
    os.kill(valkey, signal.SIGKILL)
    wait_until(lambda: toy.others() not in ([], [valkey]))
    (again,) = toy.others()
    wait_until(lambda: toy.get(f"/claim/{time.monotonic()}")["won"])
    # Its log of writes survived: what was claimed stays claimed.
    assert not toy.get("/claim/before")["won"]
    assert toy.stop() == 0
    assert not Path(f"/proc/{again}").exists()


def test_a_valkey_orphaned_by_a_killed_supervisor_is_replaced(start_toy: StartToy) -> None:
    toy = start_toy("--workers", "2")
    (orphan,) = toy.others()
    toy.signal(signal.SIGKILL)
    assert toy.process is not None
    toy.process.wait()
    wait_until(lambda: refuses(toy))
    toy.start()
    assert not Path(f"/proc/{orphan}").exists() or is_zombie(orphan)
    assert toy.get("/claim/new")["won"]


def is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_metrics_of_all_workers_are_answered_on_loopback_only(start_toy: StartToy) -> None:
    port = free_port()
    toy = start_toy("--workers", "2", POOLGATE_METRICS_PORT=str(port))
    for _ in range(20):
        toy.get("/")
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        shown = answer.read().decode()
    line = next(x for x in shown.splitlines() if x.startswith("poolgate_requests_total{"))
    assert float(line.rsplit(" ", 1)[1]) >= 20
    assert "poolgate_hub_lag_seconds" in shown
    rebound = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: evil.example",
         f"http://127.0.0.1:{port}/metrics"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert rebound.stdout == "404"


def test_an_error_in_the_application_shows_neither_trace_nor_secret(start_toy: StartToy) -> None:
    toy = start_toy()
    answer = toy.raw(b"GET /fail HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"Traceback" not in answer
    wait_until(lambda: "RuntimeError" in toy.log)
    assert toy.get("/fail-later") == {"spawned": True}
    wait_until(lambda: "greenlet failed" in toy.log)
    assert "hunter2" not in toy.log


def test_child_processes_and_threads_work_under_the_hub(start_toy: StartToy) -> None:
    toy = start_toy()
    assert toy.get("/child") == {"output": "child\n"}
    assert toy.get("/thread") == {"sum": 499500}


def test_slow_heads_bodies_and_silent_connections_are_ended(start_toy: StartToy) -> None:
    toy = start_toy(TOY_TIME_OUT="0.5")
    start = time.monotonic()
    assert toy.raw(b"") == b""
    assert toy.raw(b"GET / HTTP/1.1\r\nHost").startswith(b"HTTP/1.1 408")
    body = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1"
    assert toy.raw(body).startswith(b"HTTP/1.1 400")
    kept = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    assert toy.raw(kept).startswith(b"HTTP/1.1 200")
    # Half a second each, and two at most of lingering after a refusal.
    assert time.monotonic() - start < 8


def test_drip_fed_heads_end_in_the_time_of_one_head(start_toy: StartToy) -> None:
    toy = start_toy(TOY_TIME_OUT="0.5")
    with toy.connect() as connection:
        start = time.monotonic()
        answer = b""
        connection.settimeout(0.1)
        while not answer and time.monotonic() - start < 5:
            connection.sendall(b"X")
            answer = receive_some(connection)
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - start < 4


def receive_some(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1000)
    except TimeoutError:
        return b""
