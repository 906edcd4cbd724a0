"""What the process's services promise: found by class, and let go of in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from kernel.database import Database
from kernel.functions.registry import Functions
from kernel.messaging.messenger import Messenger
from kernel.outbound import Outbound
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.settings import parse
from kernel.shared_state.in_process import InProcess


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    settings, outbound = parse({"instance": str(tmp_path)}), Outbound()
    made = Kernel(
        settings=settings,
        database=Database.attach(Flask("kernel"), settings),
        sealer=Sealer({1: bytes(32)}),
        shared_state=InProcess(),
        outbound=outbound,
        messenger=Messenger.from_settings(settings, outbound),
        functions=Functions.from_settings(settings, outbound),
    )
    yield made
    made.close()


class Ears:
    """A service of a package above."""


class Eyes:
    """Another one."""


def test_service_is_found_by_its_class(kernel: Kernel) -> None:
    ears, eyes = Ears(), Eyes()
    kernel.provide(ears, eyes)
    assert kernel.of(Ears) is ears
    assert kernel.of(Eyes) is eyes


def test_service_that_nobody_provided_is_an_error(kernel: Kernel) -> None:
    with pytest.raises(KeyError):
        kernel.of(Ears)


def test_two_kernels_share_no_service(kernel: Kernel) -> None:
    other = Kernel(
        **{
            name: getattr(kernel, name)
            for name in (
                "settings", "database", "sealer", "shared_state", "outbound", "messenger",
                "functions",
            )
        }
    )  # fmt: skip
    other.provide(Ears())
    with pytest.raises(KeyError):
        kernel.of(Ears)


def test_last_opened_is_closed_first_and_once(kernel: Kernel) -> None:
    closed: list[str] = []
    kernel.on_close(lambda: closed.append("first"))
    kernel.on_close(lambda: closed.append("second"))
    kernel.close()
    kernel.close()
    assert closed == ["second", "first"]


def test_database_is_there_until_the_last_closer_has_run(kernel: Kernel) -> None:
    answers: list[int] = []
    kernel.on_close(
        lambda: answers.append(kernel.database.read(lambda s: s.scalar(text("SELECT 1")) or 0))
    )
    kernel.close()
    assert answers == [1]
