"""Rendering a screen: what every template gets, and the fate of its form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Response, render_template

from idp.hosted_ui.fields import Field

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
ASSETS = ROOT / "static" / "hosted"
ASSET_PATH = "/hosted-ui/"


@dataclass(frozen=True)
class Screen:
    """A page with a form. `values` are what was typed, without passwords."""

    template: str
    fields: Iterable[Field] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    alert: str = ""
    notice: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    destination: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What one template alone shows."""

    @property
    def has_errors(self) -> bool:
        return bool(self.errors or self.alert)

    @property
    def focus(self) -> str:
        """The first field in error, else the first that is empty (WCAG 3.3.1)."""
        names = [each.name for each in self.fields]
        wanted = [n for n in names if n in self.errors] or [
            n for n in names if not self.values.get(n)
        ]
        return wanted[0] if wanted else ""


@dataclass(frozen=True)
class Look:
    """Addresses of a client's own stylesheet and logo, where it has them."""

    stylesheet: str = ""
    logo: str = ""


NO_LOOK = Look()


def render(screen: Screen, application: str, csrf_token: str, look: Look = NO_LOOK) -> Response:
    """The page, with 400 where the form was refused."""
    body = render_template(
        f"hosted/{screen.template}.html",
        **shared(application, look),
        csrf_token=csrf_token,
        fields={each.name: each for each in screen.fields},
        values=screen.values,
        errors=screen.errors,
        alert=screen.alert,
        notice=screen.notice,
        links=screen.links,
        destination=screen.destination,
        details=screen.details,
        focus=screen.focus,
    )
    return Response(body, status=400 if screen.has_errors else 200, mimetype="text/html")


def shared(application: str = "", look: Look = NO_LOOK) -> dict[str, Any]:
    """What the layout needs."""
    return {"language": "en", "application": application, "asset": asset, "look": look}


def asset(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"{ASSET_PATH}{name}?v={_version(name)}"


@lru_cache
def _version(name: str) -> str:
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
