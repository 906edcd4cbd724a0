"""What the mails about risky sign-ins hold."""

from __future__ import annotations

import re

import pytest

from idp.user_pools.services.threats import notification
from idp.user_pools.services.threats.notification import Template, compose

VALUES = {"{username}": "<b>ada</b>", "{device-name}": "{username}", "{city}": "Zürich & Umgebung"}


def test_values_that_people_choose_are_escaped_in_html() -> None:
    template = Template("For {username}", "{username} in {city}", "<p>{username} in {city}</p>")
    message = compose(template, "ada@example.com", VALUES)
    assert message.html == "<p>&lt;b&gt;ada&lt;/b&gt; in Zürich &amp; Umgebung</p>"
    assert message.body == "<b>ada</b> in Zürich & Umgebung"


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    message = compose(Template("s", "{device-name} {nonsense}"), "ada@example.com", VALUES)
    assert message.body == "{username} {nonsense}"
    assert message.html is None


@pytest.mark.parametrize(
    "html",
    [
        "",
        "a",
        "<b>a</b>",
        "<b",
        "a>b",
        "a<b<c>d>e",
        "<",
        ">",
        "<><>x",
        "1 < 2",
        "1 < 2 <br> 3 < 4 > 5",
    ],
)
def test_text_of_a_mail_is_its_html_without_tags(html: str) -> None:
    given = {"Block": {"Subject": "x", "HtmlBody": html}}
    assert notification._template(given, "Block").text == re.sub("<[^>]*>", "", html)
