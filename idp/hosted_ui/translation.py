"""The language of a page: which one, and its texts (Flask-Babel).

A worker loads a language's catalogue when the first person needs it, and keeps it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, Response, g, request
from flask_babel import Babel, gettext

from idp.hosted_ui.assets import ROOT
from idp.user_pools.rules import languages
from idp.user_pools.rules.languages import LANGUAGES, Language

CATALOGUES = ROOT / "translations"


def attach(app: Flask) -> None:
    """Let the application's templates speak the languages."""
    Babel(  # type: ignore[no-untyped-call]  # Flask-Babel is untyped
        app,
        default_translation_directories=str(CATALOGUES),
        locale_selector=lambda: present().locale,
    )
    app.context_processor(lambda: {"language": present()})


def prefer(lang: str, ui_locales: str) -> None:
    """What the authorization request says, however it came: for the rest of this request. A choice
    in the page's address is newer."""
    accepted = request.headers.get("Accept-Language", "")
    g.language = languages.choose(request.args.get("lang", lang), ui_locales, accepted)


def present() -> Language:
    """The language of the present request."""
    if "language" not in g:
        prefer("", request.args.get("ui_locales", ""))
    language: Language = g.language
    return language


def shown(text: str) -> str:
    """A text that was marked with `N_`, in the present language. Others stay as they are: what a
    trigger function said, or the name of an operator's own attribute."""
    return gettext(text) if text else ""


def menu() -> list[tuple[Language, str]]:
    """Each language and the address of the present page in it."""
    query = request.args.to_dict()
    return [
        (each, f"{request.path}?{urlencode({**query, 'lang': each.tag})}") for each in LANGUAGES
    ]


def kept(path: str) -> str:
    """An address of ours for a form that leaves the query behind, in the language that was chosen
    in it."""
    query = urlencode(chosen())
    return f"{path}?{query}" if query else path


def chosen() -> dict[str, str]:
    """The language that the address names."""
    return {"lang": request.args["lang"]} if "lang" in request.args else {}


def label(response: Response) -> None:
    """Say which language the page has, and what that depends on."""
    response.headers["Content-Language"] = present().tag
    response.vary.add("Accept-Language")
