"""Where local functions come from: files of the instance, then installed entry points."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

from kernel.functions.names import FunctionName

ENTRY_POINTS = "poolgate.functions"


@dataclass(frozen=True)
class Code:
    """A function's code. Two codes of one `name` and `handler` differ by `version`."""

    name: str
    handler: str
    version: str = field(repr=False)
    path: str | None = None
    source: str | None = field(default=None, repr=False)
    module: str | None = None
    search: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The function's own variables."""

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.handler


class Source(Protocol):
    """A place that may know a function."""

    def find(self, name: FunctionName) -> Code | None: ...


@dataclass
class FunctionFiles:
    """`FOLDER/NAME.py`, read again when the file has changed, and its variables.

    `ENVIRONMENTS/NAME.env` holds lines of NAME=VALUE. It lies apart: the folder can be read by
    every function, a function's variables by itself alone.
    """

    folder: Path
    environments: Path | None = None
    _read: dict[str, tuple[tuple[int, ...], str, str]] = field(default_factory=dict, repr=False)

    def find(self, name: FunctionName) -> Code | None:
        path = self.folder / f"{name.module}.py"
        try:
            version, source = self._current(path)
        except (OSError, UnicodeDecodeError):
            return None
        environment = self._environment(name.module)
        return Code(
            name=name.module,
            handler=name.handler,
            version=f"{version} {environment}",
            path=str(path),
            source=source,
            search=(str(self.folder),),
            environment=environment,
        )

    def _environment(self, module: str) -> dict[str, str]:
        if self.environments is None:
            return {}
        try:
            lines = (self.environments / f"{module}.env").read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        pairs = (line.partition("=") for line in lines if not line.startswith("#"))
        return {key.strip(): value.strip() for key, equals, value in pairs if equals}

    def _current(self, path: Path) -> tuple[str, str]:
        status = path.stat()
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        known = self._read.get(path.name)
        if known is None or known[0] != stamp:
            source = path.read_text("utf-8")
            known = stamp, hashlib.sha256(source.encode()).hexdigest(), source
            self._read[path.name] = known
        return known[1], known[2]


class InstalledFunctions:
    """Entry points of the group `poolgate.functions`: `NAME = package.module:handler`."""

    def find(self, name: FunctionName) -> Code | None:
        point = self._points.get(name.text) or self._points.get(name.module)
        if point is None:
            return None
        home = () if point.dist is None else (str(point.dist.locate_file("")),)
        return Code(
            name=point.name,
            handler=point.attr or name.handler,
            version=point.value,
            module=point.module,
            search=home,
        )

    @cached_property
    def _points(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=ENTRY_POINTS)}
