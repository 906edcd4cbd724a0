"""`poolgate apis apply|diff|export FILE`: an OpenAPI file as the source of truth of an API."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TextIO

from flask import Flask
from sqlalchemy.orm import Session

from app import make_kernel
from gateway.control.api_files.applying import Outcome, Wish, apply_file
from gateway.control.api_files.kinds import KINDS
from gateway.control.api_files.naming import Named, named_by, require
from gateway.control.errors import Refused
from gateway.control.rest.sdks import callable_endpoint
from gateway.openapi.faults import InvalidDocument
from gateway.openapi.reading import MOST_BYTES, read_document
from gateway.openapi.writing import write_json, write_yaml
from kernel.aws.operations import Call
from kernel.runtime import Kernel
from kernel.settings import SettingError, Settings
from kernel.telemetry import logs
from poolgate import instance, served_origin

DIFFERS = 1
CANNOT = 2


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """0, or for `diff` 1 where something would change; 2 for what cannot be done, and why."""
    logs.configure("console", "error")
    database = instance.open_existing_database(settings)
    try:
        instance.require_current(database)
    finally:
        instance.close_database(database)
    settings = served_origin.of_server(settings)
    kernel = make_kernel(Flask("poolgate", static_folder=None), settings)
    try:
        return _run(arguments, _call(kernel, arguments))
    except (InvalidDocument, Refused) as error:
        _say(f"poolgate: {arguments.file}: {error}", sys.stderr)
    except OSError as error:
        _say(f"poolgate: {arguments.file}: {error.strerror}.", sys.stderr)
    finally:
        kernel.close()
    return CANNOT


def _run(arguments: argparse.Namespace, call: Call) -> int:
    path = Path(arguments.file)
    if arguments.action == "export":
        return _export(arguments, call, path)
    only_compares = arguments.action == "diff"
    outcome = apply_file(call, _wish(arguments, _read(path)), only_compares=only_compares)
    for warning in outcome.warnings:
        _say(f"warning: {warning}", sys.stderr)
    for line in outcome.changes:
        _say(line)
    _say(_verdict(arguments, outcome))
    if not only_compares:
        for stage in arguments.stage:
            _say(f"{stage}: {_address(call.kernel.settings, outcome.api_id, stage)}")
    return DIFFERS if only_compares and outcome.changes else 0


def _verdict(arguments: argparse.Namespace, outcome: Outcome) -> str:
    named = f"{outcome.title} ({outcome.api_id})"
    if not outcome.changes:
        return f"Nothing changes: {named} is what {arguments.file} says."
    if arguments.action == "diff":
        if outcome.is_new:
            return f"{outcome.title} would be made."
        return f"{named} would become what {arguments.file} says."
    return f"{named} is {'made' if outcome.is_new else 'what the file says now'}."


def _export(arguments: argparse.Namespace, call: Call, path: Path) -> int:
    if path.exists() and not arguments.force:
        raise Refused("it exists already; --force replaces it")

    def write(session: Session) -> bytes:
        api = require(session, call, _exported(arguments, path))
        is_swagger = arguments.format == "swagger"
        kind = KINDS[api.protocol]
        document = kind.document(session, api, is_swagger=is_swagger)
        if is_swagger and "swagger" not in document:
            raise Refused("HTTP APIs are written as OpenAPI 3.0 alone")
        return (write_json if path.suffix == ".json" else write_yaml)(document)

    _replace(path, call.kernel.database.read(write))
    _say(f"{path} says what the API is now.")
    return 0


def _exported(arguments: argparse.Namespace, path: Path) -> Named:
    """What options name, or else the file that is there already."""
    protocol = (arguments.protocol or "").upper()
    if arguments.api or arguments.title:
        return Named(protocol, arguments.api or "", arguments.title or "")
    if not path.exists():
        raise Refused("say which API with --api or --title: there is no such file yet")
    return named_by(read_document(_read(path)), protocol=protocol)


def _wish(arguments: argparse.Namespace, body: bytes) -> Wish:
    return Wish(
        body,
        protocol=(arguments.protocol or "").upper(),
        api_id=arguments.api or "",
        base_path=arguments.basepath,
        fails_on_warnings=arguments.fail_on_warnings,
        stages=tuple(dict.fromkeys(arguments.stage)),
    )


def _call(kernel: Kernel, arguments: argparse.Namespace) -> Call:
    return Call(
        kernel=kernel,
        service="apigateway",
        operation="poolgate apis",
        account=arguments.account or kernel.settings.account_id,
        region=arguments.region or kernel.settings.region,
        request_id="poolgate-apis",
    )


def _address(settings: Settings, api_id: str, stage: str) -> str:
    endpoint = callable_endpoint(settings, api_id)
    return endpoint if stage == "$default" else f"{endpoint}/{stage}"


def _read(path: Path) -> bytes:
    """One byte more than a document may have is enough to refuse it."""
    if path.is_dir():
        raise SettingError(f"{path} is a folder.")
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _replace(path: Path, content: bytes) -> None:
    """Beside its place first, so that nobody takes half a file for a whole one."""
    temporary = path.with_name(f"{path.name}.part")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _say(text: str, stream: TextIO | None = None) -> None:
    """Texts of a file are for a terminal only as far as they are text."""
    plain = "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)
    print(plain, file=stream or sys.stdout)
