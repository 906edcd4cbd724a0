"""The files of an SDK in a zip, the same bytes for the same files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from importlib import resources

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can hold; what is generated has no time of its own."""


def zipped(files: Mapping[str, str]) -> bytes:
    """A zip of texts by their paths."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def runtime(name: str) -> str:
    """The text of a file that every SDK of a language has."""
    return resources.files("gateway.sdks.runtimes").joinpath(name).read_text("utf-8")
