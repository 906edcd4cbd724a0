"""Texts that were made to be searched for long: eight times the text is eight times the work.

Processor time of this thread is compared, the best of several runs, and the bound lies between
what is proportional (8) and what grows with the square (64).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules import images, ui_css
from idp.user_pools.services.threats import notification
from kernel.iam.policy import patterns
from kernel.telemetry import redaction
from tests.idp.user_pools.operations.pictures import HEAD

LENGTH = 4_000
TIMES = 8
MOST = 24.0


def seconds(work: Callable[[str], Any], text: str) -> float:
    runs = []
    for _ in range(5):
        began = time.thread_time()
        with suppress(InvalidParameter):
            work(text)
        runs.append(time.thread_time() - began)
    return min(runs)


def check(work: Callable[[str], Any], make: Callable[[int], str]) -> None:
    """What grows with the square does so each time; a busy machine disturbs some."""
    assert any(_is_in_proportion(work, make) for _ in range(4))


def _is_in_proportion(work: Callable[[str], Any], make: Callable[[int], str]) -> bool:
    """One clock tick and what every call costs count for the short text."""
    short = max(seconds(work, make(LENGTH)), 50e-6)
    return seconds(work, make(LENGTH * TIMES)) < short * MOST


@pytest.mark.parametrize(
    "make",
    [
        lambda n: " " * n + "a" + " " * n,
        lambda n: " a" * n,
        lambda n: "/*" * n,
        lambda n: "/*a*" * n,
        lambda n: "a{" * n,
        lambda n: "}" * n,
        lambda n: "{}" * n,
        lambda n: f".logo-customizable{{color:{'a' * n}}}",
        lambda n: f".logo-customizable{{color:{'a ' * n}!}}",
        lambda n: f".logo-customizable{{color:{'rgb(' * n}}}",
        lambda n: f".logo-customizable{{{';' * n}}}",
        lambda n: f".logo-customizable{{{' ' * n}:{' ' * n}}}",
        lambda n: f".{'logo-customizable-' * n}{{}}",
        lambda n: f"{'.logo-customizable,' * n}{{}}",
        lambda n: f".{'a' * n}{{}}",
    ],
)
def test_stylesheets_take_as_long_as_they_are(make: Callable[[int], str]) -> None:
    check(ui_css.parse, make)


@pytest.mark.parametrize(
    "drawing",
    [
        lambda n: f"<style>url({' ' * n}</style>",
        lambda n: f"<style>{'url( ' * n}#</style>",
        lambda n: f"<style>{'url(#' * n}</style>",
        lambda n: f"<style>url({' ' * n}'{' ' * n}</style>",
        lambda n: "<style>" + "a\n" * n + "</style>",
        lambda n: "<style>" + "a<!-- -->" * n + "</style>",
        lambda n: f'<g fill="url({" " * n}"/>',
        lambda n: f'<g fill="{"image" * n}"/>',
        lambda n: f'<g href="{" " * n}#"/>',
    ],
)
def test_drawings_take_as_long_as_they_are(drawing: Callable[[int], str]) -> None:
    def work(text: str) -> str:
        return images.check(text.encode(), frozenset({"SVG"}), "It")

    check(work, lambda n: f"{HEAD}>{drawing(n)}</svg>")


@pytest.mark.parametrize("piece", ["<", "<a", "< >", "<>", "<<>"])
def test_mails_about_threats_lose_their_tags_in_time(piece: str) -> None:
    def work(html: str) -> Any:
        # What is sent in the background, where nobody can time it.
        return notification._template({"Block": {"Subject": "x", "HtmlBody": html}}, "Block")

    check(work, lambda n: piece * n)


@pytest.mark.parametrize(
    "piece",
    ["eyJ", "eyJabcd", "eyJabcd.", "code=", 'code"', 'code" ', "://a:", "://", "Bearer ", "AKIA"],
)
@pytest.mark.parametrize("end", ["", "!"])
def test_lines_of_the_log_are_searched_for_secrets_in_time(piece: str, end: str) -> None:
    check(redaction.clean_text, lambda n: f"={piece * n}{end}")


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "${" * n,
        lambda n: "$" * n,
        lambda n: "${$" * n,
        lambda n: f"${{a{' ' * n}",
        lambda n: f"${{a{' ' * n}}}",
        lambda n: f"${{a{' ' * n},{' ' * n}}}",
        lambda n: f"${{a,'{' ' * n}}}",
    ],
)
def test_variables_of_a_policy_are_found_in_time(make: Callable[[int], str]) -> None:
    check(patterns.tokens, make)
