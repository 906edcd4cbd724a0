"""A client's branding on our pages: its managed login style, else the classic hosted UI's: one more
stylesheet, and the client's own logo.

The stylesheet stands in the page behind ours, and the policy names its digest. It is written anew
from the rules that were understood (`rules.ui_css`), never repeated. The logo has an address.
"""

from __future__ import annotations

import re

from flask import Response, abort
from sqlalchemy import bindparam, select

from idp.hosted_ui import assets, managed_login
from idp.hosted_ui.page import Look
from idp.models import PoolDocument
from idp.oauth.provider import Provider
from idp.user_pools.rules import colours, ui_css
from idp.user_pools.services import ui_customization
from idp.user_pools.services.issuers import is_pool_id
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

LOGO_ROUTE = f"{ui_customization.LOGO_PATH}/<pool_id>/<name>"
CACHING = "public, max-age=31536000, immutable"

# What AWS's classes are on our pages. `:where` adds nothing to a selector's weight: the rules of
# one kind of button must not outweigh those of another.
ELEMENTS = {
    "background": ".card",
    "banner": ".card .banner",
    "errorMessage": ".message.is-error",
    "idpButton": ".upstreams .button:where(:not(.is-social))",
    "idpDescription": ".card .divider span",
    "inputField": '.card input:not([type="hidden"])',
    "label": ".card label",
    "legalText": ".aside",
    "logo": ".card .brand",
    "passwordCheck-notValid": ".rules .is-unmet",
    "passwordCheck-valid": ".rules .is-met",
    "redirect": ".aside",
    "socialButton": ".upstreams .button:where(.is-social)",
    "submitButton": ".card .button:where(:not(.upstreams *))",
    "textDescription": ".card .lead",
}

# What AWS has no class for, or not every operator a rule: the token of its colour, and the contrast
# to have on a card of another colour, if it can be had. Again `:where`, so that the operator's own
# rules, which come later, win.
ON_CARD = (
    ("text", ":where(.card) :is(h1,.lead strong,label,.key code)", 12.0),
    ("muted", ":where(.card) :is(.lead,.hint,.aside,.optional,.reference)", 7.0),
    ("danger", ":where(.card) .error", colours.TEXT),
)

# An operator's picture keeps its shape, ours its size.
LOGO_SIZE = (
    f'.card .brand:where([src^="{ui_customization.LOGO_PATH}/"])'
    "{width:auto;height:auto;max-width:100%;max-height:10rem}"
)

DOCUMENT = Prepared(
    select(PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == ui_customization.KIND,
        PoolDocument.key == bindparam("name"),
    )
)
_IMAGE_NAME = re.compile(r"[0-9a-f-]{36}\.(png|jpeg)")


def of(rows: Rows, kernel: Kernel, context: ClientContext) -> Look:
    """How the client's pages look, from memory while nobody changes it."""
    pool_id, client_id = context.pool.id, context.client.id

    def load() -> Look:
        managed = managed_login.look(rows, context)
        if managed is not None:
            return managed
        for name in (client_id, ui_customization.ALL):
            row = rows.first(DOCUMENT, pool_id=pool_id, name=name)
            if row is not None:
                image = row[0].get("Image")
                return Look(
                    stylesheet=_stylesheet(row[0]["CSS"]),
                    logo=f"{ui_customization.LOGO_PATH}/{pool_id}/{image}" if image else "",
                    scheme="light",
                )
        return Look()

    return kernel.configuration.get(rows, (Look, client_id), load) or Look()


def logo(provider: Provider, pool_id: str, name: str) -> Response:
    """The image of a client, or of all clients."""
    if not is_pool_id(pool_id) or not _IMAGE_NAME.fullmatch(name):
        abort(404)
    found = provider.kernel.database.read(ui_customization.image, pool_id, name)
    if found is None:
        abort(404)
    content_type, content = found
    return _file(content, content_type)


def _stylesheet(css: str) -> str:
    """Colours that an operator chose meet those of one scheme only: the light one."""
    rules = ui_css.parse(css)
    parts = (_light_tokens(), LOGO_SIZE, _accent(rules), _on_card(rules))
    return "\n".join([*filter(None, parts), ui_css.write(rules, ELEMENTS)])


def _accent(rules: tuple[ui_css.Rule, ...]) -> str:
    """Links and the focus in the colour of the operator's button, as dark or light as it takes to
    be seen: AWS has no class for them."""
    button = colours.parse(_background(rules, "submitButton"))
    card = _surfaces(rules, "background", ("surface", "canvas", "glow"))
    fields = _surfaces(rules, "inputField", ("field",))
    if button is None or not card:
        return ""
    tokens = {}
    accent = colours.readable(button, card, colours.TEXT)
    if accent:
        is_darker = accent.luminance < card[0].luminance
        end = colours.BLACK if is_darker else colours.WHITE
        tokens = {"accent": accent, "accent-hover": accent.mixed(end, 0.25)}
    ring = colours.readable(button, [*card, *fields], colours.SHAPE)
    if ring and fields:
        tokens["ring"] = ring
    lines = ";".join(f"--{name}:{value}" for name, value in tokens.items())
    return f":root{{{lines}}}" if lines else ""


def _on_card(rules: tuple[ui_css.Rule, ...]) -> str:
    """What could not be read on the operator's card, made so."""
    card = _surfaces(rules, "background", ())
    lines = []
    for name, selector, wished in ON_CARD if card else ():
        ours = colours.parse(_tokens()[name])
        if ours is None or all(colours.contrast(ours, each) >= colours.TEXT for each in card):
            continue
        seen = colours.readable(ours, card, wished) or colours.readable(ours, card, colours.TEXT)
        if seen:
            lines.append(f"{selector}{{color:{seen}}}")
    return "\n".join(lines)


def _surfaces(
    rules: tuple[ui_css.Rule, ...], name: str, tokens: tuple[str, ...]
) -> list[colours.Colour]:
    """What lies behind: the operator's colour, else ours. Empty where it cannot be measured."""
    own = _background(rules, name)
    ours = _tokens()
    found = [colours.parse(each) for each in ([own] if own else [ours[token] for token in tokens])]
    return [each for each in found if each]


def _background(rules: tuple[ui_css.Rule, ...], name: str) -> str:
    """What the last rule of a class says; empty where none does."""
    values = [
        value
        for rule in rules
        if (name, "") in rule.selectors
        for prop, value in rule.declarations
        if prop in ("background", "background-color")
    ]
    return values[-1] if values else ""


def _tokens() -> dict[str, str]:
    return dict(re.findall(r"(?<![\w-])--([\w-]++):(#\w++)", _light_tokens()))


def _light_tokens() -> str:
    return assets.tokens().partition("}")[0].replace("light dark", "light") + "}"


def _file(content: bytes, content_type: str) -> Response:
    headers = {
        "Cache-Control": CACHING,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, content_type=content_type, headers=headers)
