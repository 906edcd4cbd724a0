"""Every screen of the hosted pages: on a phone and a desktop, in a language of each direction,
light and dark, against WCAG 2.2 AA as axe checks it. With POOLGATE_SCREENSHOTS it leaves pictures
there (`make screenshots`)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.hosted_pages import pools, screens
from tests.e2e.hosted_pages.pools import Pools
from tests.e2e.hosted_pages.tour import Tour
from tests.servers.node import SCRIPTS
from tests.servers.poolgate_server import Poolgate

SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
SCHEMES = ("light", "dark")
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
MOST_BYTES = 60_000
"""Of a page with all that it loads, before compression."""

# Tags of axe's rules: WCAG 2.2 A and AA, and what its authors advise beyond.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
FINDINGS = """async (rules) => (await axe.run({runOnly: rules})).violations.map(
  each => each.id + ': ' + each.nodes.map(
    node => node.target + ' ' + node.failureSummary).join('; ')
)"""
BYTES = """() => [
    ...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, each) => sum + each.decodedBodySize, 0)"""
# What a browser fetches before it paints anything.
BLOCKING = """() => [
  ...performance.getEntriesByType("resource")
    .filter(each => each.renderBlockingStatus === "blocking").map(each => each.name),
  ...[...document.querySelectorAll("link[rel=stylesheet], script[src]")]
    .map(each => each.outerHTML)]"""
# Links within a sentence may be lower (WCAG 2.5.8, "Inline").
SMALL_TARGETS = """() => [
    ...document.querySelectorAll('input:not([type=hidden]), button, a, summary')]
  .filter(each => each.checkVisibility() && !each.closest(".within"))
  .filter(each => each.getBoundingClientRect().height < 24)
  .map(each => each.outerHTML)"""


@pytest.fixture(scope="module")
def toured(poolgate_server: Poolgate) -> Pools:
    return pools.make(poolgate_server)


@cache
def axe() -> str:
    path = SCRIPTS / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip(f"no axe: `npm ci --prefix {SCRIPTS}`")
    return path.read_text(encoding="utf-8")


def pictures() -> Path | None:
    folder = os.environ.get("POOLGATE_SCREENSHOTS")
    return Path(folder) if folder else None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", DIRECTIONS)
def test_every_screen_is_accessible_and_fits(
    browser: Browser, toured: Pools, language: str, size: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    page, names, problems = context.new_page(), list[str](), list[str]()
    shown: list[screens.Seen] = []
    source = axe()
    foreign = watch(page, toured.plain.server.url)

    def seen(name: str) -> None:
        names.append(name)
        shown.append((path_of(page), page.locator("h1").inner_text()))
        weight = page.evaluate(BYTES)
        if not 0 < weight <= MOST_BYTES:
            problems.append(f"{name}: {weight} bytes")
        problems.extend(f"{name}: waits for {each}" for each in page.evaluate(BLOCKING))
        document = page.evaluate(
            "() => [document.documentElement.lang, document.documentElement.dir,"
            " document.documentElement.scrollWidth]"
        )
        if document != [language, DIRECTIONS[language], width]:
            problems.append(f"{name}: {document}")
        problems.extend(f"{name}: small {each}" for each in page.evaluate(SMALL_TARGETS))
        page.evaluate(source)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal
            problems.extend(
                f"{name}, {scheme}: {each}" for each in page.evaluate(FINDINGS, list(RULES))
            )
            keep(page, f"{name}-{language}-{size}-{scheme}")
        page.emulate_media(color_scheme="light")

    Tour(page, toured, language, seen).take()
    context.close()
    assert not problems, "\n".join(problems)
    assert foreign == []
    assert len(names) == len(set(names))
    if language == "en":
        assert screens.unseen(shown) == []


def path_of(page: Page) -> str:
    """Without the pool's id, which ends the address of a device's page."""
    return urlsplit(page.url).path.rpartition("/us-east-1_")[0] or urlsplit(page.url).path


def watch(page: Page, origin: str) -> list[Any]:
    """What the pages ask of others, and what their policy has kept from them. To be led to another
    provider is no such thing."""
    complaints: list[Any] = []

    def look(request: Any) -> None:
        known = (origin, "data:", pools.ELSEWHERE) if request.is_navigation_request() else None
        if not request.url.startswith(known or (origin, "data:")):
            complaints.append(request.url)

    page.on("request", look)
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    return complaints


def keep(page: Page, name: str) -> None:
    folder = pictures()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True, animations="disabled")
