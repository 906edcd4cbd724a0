"""Messages without a configured sender."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
from pathlib import Path

import pytest

from kernel import settings
from kernel.messaging.message import DeliveryFailed, Message
from kernel.messaging.messenger import Messenger
from kernel.messaging.outbox import Outbox
from kernel.outbound import Outbound

CODE = Message("email", "ada@example.com", "Your code", "It is 123456.", "123456")


@pytest.fixture
def messenger(tmp_path: Path) -> Messenger:
    return Messenger.from_settings(settings.parse({"instance": str(tmp_path)}), Outbound())


def test_without_a_sender_every_channel_goes_to_the_outbox(messenger, tmp_path) -> None:
    messenger.send(CODE)
    messenger.send(Message("sms", "+15550100", "", "Line\none 654321", "654321"))
    lines = [json.loads(line) for line in (tmp_path / "outbox.jsonl").read_text().splitlines()]
    assert [(line["channel"], line["to"], line["code"]) for line in lines] == [
        ("email", "ada@example.com", "123456"),
        ("sms", "+15550100", "654321"),
    ]
    assert lines[0]["subject"] == "Your code"
    assert lines[1]["body"] == "Line\none 654321"
    assert list(Outbox(tmp_path / "outbox.jsonl").entries()) == lines


def test_the_outbox_is_readable_by_its_owner_alone(messenger, tmp_path) -> None:
    before = os.umask(0)
    try:
        messenger.send(CODE)
    finally:
        os.umask(before)
    assert (tmp_path / "outbox.jsonl").stat().st_mode & 0o777 == 0o600


def test_an_outbox_that_nobody_wrote_is_empty(tmp_path) -> None:
    outbox = Outbox(tmp_path / "outbox.jsonl")
    assert list(outbox.entries()) == []


def _append_many(path: Path, worker: int) -> None:
    for number in range(50):
        Outbox(path).send(Message("sms", f"+{worker}", "", f"{number}" + "x" * 9000, None))


def test_workers_do_not_tear_each_others_lines(tmp_path) -> None:
    path = tmp_path / "outbox.jsonl"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append_many, args=(path, n)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(list(Outbox(path).entries())) == 150


def _fill_the_disk(path: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, resource.RLIM_INFINITY))
    with pytest.raises(DeliveryFailed):
        Outbox(path).send(CODE)


def test_a_full_disk_leaves_no_half_line(tmp_path) -> None:
    outbox = Outbox(tmp_path / "outbox.jsonl")
    outbox.send(CODE)
    process = multiprocessing.get_context("fork").Process(
        target=_fill_the_disk, args=(outbox.path,)
    )
    process.start()
    process.join()
    assert process.exitcode == 0
    assert len(list(outbox.entries())) == 1
    outbox.send(CODE)
    assert len(list(outbox.entries())) == 2


def test_a_link_in_place_of_the_outbox_is_not_followed(messenger, tmp_path) -> None:
    target = tmp_path / "target"
    (tmp_path / "outbox.jsonl").symlink_to(target)
    with pytest.raises(DeliveryFailed):
        messenger.send(CODE)
    assert not target.exists()


def test_a_message_does_not_print_its_address_or_code() -> None:
    assert repr(CODE) == "Message(channel='email')"
