"""Rendering a screen: what every template gets, and the fate of its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, render_template

from idp.hosted_ui import assets, translation
from idp.hosted_ui.fields import Field
from idp.hosted_ui.translation import shown

TEMPLATES = assets.ROOT / "templates"


@dataclass(frozen=True)
class Screen:
    """A page with a form. `values` are what was typed, without passwords. Texts are translated
    here: they come as they were marked with `N_`."""

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
    is_shown_once: bool = False
    """Whether the page cannot be loaded again, not even in another language."""

    @property
    def problem(self) -> str:
        """The alert above the form: it says as well what is wrong with no field of the page."""
        names = {each.name for each in self.fields}
        strays = (text for name, text in self.errors.items() if name not in names)
        return self.alert or next(strays, "")

    @property
    def has_errors(self) -> bool:
        return bool(self.errors or self.alert)

    @property
    def focus(self) -> str:
        """The one field in error, or the first that is empty (WCAG 3.3.1). Several errors have a
        summary, which takes the focus."""
        if len(self.errors) > 1:
            return ""
        names = [each.name for each in self.fields]
        wanted = [n for n in names if n in self.errors] or [
            n for n in names if not self.values.get(n)
        ]
        return wanted[0] if wanted else ""


@dataclass(frozen=True)
class Look:
    """A client's own branding. Its stylesheet stands in the page behind ours; its images have
    addresses."""

    stylesheet: str = ""
    logo: str = ""
    dark_logo: str = ""
    """In place of `logo` where the page is dark."""
    icon: str = ""
    scheme: str = "light dark"
    """The colour schemes that the page can have, in CSS's words."""
    has_own_logo: bool = True
    """Whether our logo stands where the client has none."""
    has_menu: bool = True
    """Whether people can choose among the languages."""


NO_LOOK = Look()


def render(screen: Screen, application: str, csrf_token: str, look: Look = NO_LOOK) -> Response:
    """The page, with 400 where the form was refused."""
    body = render_template(
        f"hosted/{screen.template}.html",
        **shared(application, look, has_menu=not screen.is_shown_once),
        csrf_token=csrf_token,
        fields={each.name: each.translated(shown) for each in screen.fields},
        values=screen.values,
        errors={name: shown(error) for name, error in screen.errors.items()},
        alert=shown(screen.problem),
        notice=shown(screen.notice),
        links=screen.links,
        destination=screen.destination,
        details=screen.details,
        focus=screen.focus,
    )
    return Response(body, status=400 if screen.has_errors else 200, mimetype="text/html")


def shared(application: str = "", look: Look = NO_LOOK, *, has_menu: bool = True) -> dict[str, Any]:
    """What the layout needs. `has_menu` offers the present address in the other languages."""
    return {
        "language": translation.present(),
        "languages": translation.menu() if has_menu and look.has_menu else [],
        "application": application,
        "asset": assets.asset,
        "script": assets.script,
        "stylesheet": assets.stylesheet(),
        "look": look,
    }
