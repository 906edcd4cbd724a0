"""docs/gateway-quotas.md names every quota that the gateway has, and no other."""

from __future__ import annotations

from gateway import quotas
from gateway.raised_quotas import RAISABLE
from scripts.gateway_quotas import SECTIONS


def test_the_page_has_every_constant_once() -> None:
    known = [name for name, value in vars(quotas).items() if isinstance(value, int | float)]
    shown = [row.constant for section in SECTIONS for row in section.rows]

    assert sorted(shown) == sorted(known)


def test_what_can_be_raised_is_on_the_page() -> None:
    shown = {row.constant for section in SECTIONS for row in section.rows}

    assert set(RAISABLE.values()) <= shown
