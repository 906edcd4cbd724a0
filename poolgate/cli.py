"""`poolgate`: init, serve, doctor, keys, pools, clients, apis."""

from __future__ import annotations

import argparse
import os
import site
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from poolgate.arguments import make_parser, settings_flags

WRONG_USAGE = 2
# What a shell says of a program that SIGPIPE ended.
READER_LEFT = 141
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
    # Each command loads what it needs, and only that.
    from poolgate import reading

    settings = reading.load(settings_flags(arguments))
    if arguments.command == "init":
        from poolgate.commands import init

        return init.run(settings)
    if arguments.command == "doctor":
        from poolgate.commands import doctor

        return doctor.run(settings)
    if arguments.command == "keys" and arguments.action == "sender":
        from poolgate.commands import sender_key

        return sender_key.run(arguments, settings)
    if arguments.command == "keys":
        from poolgate.commands import keys

        return keys.run(arguments, settings)
    if arguments.command == "apis":
        from poolgate.commands import apis

        return apis.run(arguments, settings)
    if arguments.command == "pools" and arguments.action in ("export", "import"):
        from poolgate.commands import transfer

        return transfer.run(arguments, settings)
    if arguments.action in ("scim-token", "scim-tokens", "revoke-scim-token"):
        from poolgate.commands import scim_tokens

        return scim_tokens.run(arguments, settings)
    if arguments.command == "pools" and arguments.action.startswith("director"):
        from poolgate.commands import directories

        return directories.run(arguments, settings)
    if arguments.action in ("saml-applications", "saml-keys"):
        from poolgate.commands import saml_applications

        return saml_applications.run(arguments, settings)
    if arguments.action == "oauth":
        from poolgate.commands import oauth_settings

        return oauth_settings.run(arguments, settings)
    from poolgate.commands import own_settings

    return own_settings.run(arguments, settings)


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
