"""Every word that the command line takes is carried out somewhere."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module

import pytest

from idp.user_pools.services import own_triggers
from poolgate.arguments import make_parser
from poolgate.cli import MODULES, module_of
from tests.poolgate.words import subparsers

SERVED = ("serve", "")
"""The command that is no module: the process becomes the server."""


def commands() -> Iterator[tuple[str, str]]:
    for command, parser in subparsers(make_parser()).items():
        actions = subparsers(parser)
        yield from ((command, action) for action in actions or [""])


@pytest.mark.parametrize(("command", "action"), [each for each in commands() if each != SERVED])
def test_command_is_carried_out_by_a_module(command: str, action: str) -> None:
    module = import_module(module_of(argparse.Namespace(command=command, action=action)))
    assert callable(module.run)


def test_no_module_is_named_for_a_word_that_nobody_can_say() -> None:
    said = {word for command, action in commands() for word in (command, f"{command} {action}")}
    assert MODULES.keys() <= said


def test_the_parser_takes_every_trigger_that_there_is() -> None:
    words = ["pools", "trigger", "pool", own_triggers.PRE_FORGOT_PASSWORD, "none"]
    assert make_parser().parse_args(words).trigger == own_triggers.PRE_FORGOT_PASSWORD
