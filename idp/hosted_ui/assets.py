"""The pages' own files. Style and scripts stand in the page itself, so that nothing has to be
fetched before it can be painted; the policy names them by their digests (CSP3 §2.3.1)."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "static" / "hosted"
ASSET_PATH = "/hosted-ui/"


def asset(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"{ASSET_PATH}{name}?v={_version(name)}"


@lru_cache
def stylesheet() -> Markup:
    """page.css without what only its readers need."""
    text = re.sub(r"/\*.*?\*/", "", _read("page.css"), flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"(?<![\w-])(--[\w-]++|color-scheme): ", r"\1:", text)
    return Markup(re.sub(r" ?([{};,>]) ?", r"\1", text).replace(";}", "}").strip())  # noqa: S704 - our own file


@lru_cache
def tokens() -> str:
    """How page.css begins: the tokens of light pages, and those that differ on dark ones."""
    return stylesheet().partition("*,")[0]


@lru_cache
def script(name: str) -> Markup:
    """A script of static/hosted, for a `<script>` without attributes."""
    return Markup(_read(name))  # noqa: S704 - our own file


@lru_cache
def script_sources() -> str:
    """The policy's sources of every script of ours."""
    return " ".join(source(script(path.name)) for path in sorted(ASSETS.glob("*.js")))


def source(text: str) -> str:
    """What the policy calls an inline style or script."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


@lru_cache
def _version(name: str) -> str:
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
