"""`poolgate`: init, serve, doctor, keys, pools, clients, apis."""

from __future__ import annotations

import argparse
import os
import site
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from poolgate.arguments import make_parser, settings_flags

WRONG_USAGE = 2
# What a shell says of a program that SIGPIPE ended.
READER_LEFT = 141
MODULES: Mapping[str, str] = {
    "init": "init",
    "doctor": "doctor",
    "keys": "keys",
    "keys rotate-sealing": "rotate_sealing",
    "keys rotate-signing": "rotate_signing",
    "keys sender": "sender_key",
    "apis": "apis",
    "clients": "client_settings",
    "clients oauth": "oauth_settings",
    "pools": "pool_settings",
    "pools oauth": "oauth_settings",
    "pools export": "transfer",
    "pools import": "transfer",
    "pools directories": "directories",
    "pools directory": "directories",
    "pools directory-test": "directories",
    "pools saml-applications": "saml_applications",
    "pools saml-keys": "saml_applications",
    "pools scim-token": "scim_tokens",
    "pools scim-tokens": "scim_tokens",
    "pools revoke-scim-token": "scim_tokens",
}
"""Where a command, or an action of one, is carried out: each loads what it needs, and only that."""
# Whatever an instance holds is its owner's alone.
PRIVATE_UMASK = 0o077


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is returned: 0, 1 for problems found, 2 for wrong usage."""
    try:
        try:
            return _main(words)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # `poolgate doctor | head -1`. What is left in the buffer must not fail again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_LEFT


def _main(words: Sequence[str] | None) -> int:
    words = sys.argv[1:] if words is None else words
    arguments = make_parser().parse_args(words)
    if arguments.command == "serve":
        _become_server(words)
    from kernel.settings import SettingError

    os.umask(PRIVATE_UMASK)
    try:
        return _run(arguments)
    except SettingError as error:
        print(f"poolgate: {error}", file=sys.stderr)
        return WRONG_USAGE


def _run(arguments: argparse.Namespace) -> int:
    from poolgate import reading

    settings = reading.load(settings_flags(arguments))
    status: int = import_module(module_of(arguments)).run(arguments, settings)
    return status


def module_of(arguments: argparse.Namespace) -> str:
    """What carries the command out."""
    whole = f"{arguments.command} {getattr(arguments, 'action', '')}"
    return f"poolgate.commands.{MODULES.get(whole) or MODULES[arguments.command]}"


def _become_server(words: Sequence[str]) -> NoReturn:
    """Replace this process, so that gevent's patch comes first and signals reach the supervisor.

    `-P` keeps the working directory, where anything may lie, out of the import path.
    """
    environment = dict(os.environ)
    root = str(Path(__file__).parents[1])
    if root not in site.getsitepackages():
        paths = [root, *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    command = [sys.executable, "-P", "-m", "poolgate.server", *words]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter
