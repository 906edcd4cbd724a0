"""The pages in the language of their reader."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask_babel import get_babel

from idp.user_pools.rules.languages import LANGUAGES, Language
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.hosted_ui.parsed_page import Page
from tests.idp.oauth.world import CALLBACK, ORIGIN, PASSWORD, Pkce, World, request_of

SIGN_IN = {
    "en": "Sign in", "de": "Anmelden", "es": "Iniciar sesión", "fr": "Se connecter",
    "pt-BR": "Fazer login", "ar": "تسجيل الدخول", "zh-CN": "登录", "ja": "ログイン",
}  # read as a table  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda each: each.tag)
def test_a_page_says_which_language_it_speaks(visitor: Visitor, language: Language) -> None:
    visitor.parameters["lang"] = language.tag
    answer = visitor.get("/login")
    page = Page(answer.text)
    (html,) = page.all("html")
    assert (html["lang"], html["dir"]) == (language.tag, language.direction)
    assert answer.headers["Content-Language"] == language.tag
    assert "Accept-Language" in answer.headers["Vary"]
    assert f"<h1>{SIGN_IN[language.tag]}</h1>" in answer.text


def test_the_parameter_wins_over_ui_locales_and_these_over_the_browser(visitor: Visitor) -> None:
    headers = {"Accept-Language": "ja"}
    address = visitor.address("/login")
    for more, expected in (
        ("", "ja"),
        ("&ui_locales=nl+fr-CA", "fr"),
        ("&ui_locales=fr&lang=de", "de"),
    ):
        answer = visitor.browser.get(address + more, base_url=ORIGIN, headers=headers)
        assert answer.headers["Content-Language"] == expected


@pytest.mark.parametrize("wish", ["lang", "ui_locales"])
def test_the_choice_travels_through_every_screen(world: World, visitor: Visitor, wish: str) -> None:
    """From /oauth2/authorize to the code, with what each screen tells the next."""
    visitor.parameters[wish] = "de"
    sign_in = visitor.follow(visitor.get("/oauth2/authorize"))
    assert sign_in.headers["Content-Language"] == "de"
    confirm = visitor.follow(
        visitor.submit("/signup", username="ada@example.com", password=PASSWORD)
    )
    assert "Geben Sie den Code ein, den wir an" in confirm.text
    again = visitor.follow(visitor.submit("/resendcode", confirm))
    assert "Wir haben einen neuen Code gesendet." in again.text
    world.wait_for_message(2)
    ready = visitor.follow(visitor.submit("/confirm", again, code=world.sent_code()))
    assert "Ihr Konto ist bestätigt. Melden Sie sich an, um fortzufahren." in ready.text
    refused = visitor.submit("/login", ready, username="ada@example.com", password="Wrong-horse-9")
    assert "Benutzername oder Passwort ist falsch." in refused.text
    assert "<title>Fehler: Anmelden" in refused.text
    done = visitor.submit("/login", refused, username="ada@example.com", password=PASSWORD)
    assert done.location.startswith(CALLBACK)
    assert wish not in dict(parse_qsl(urlsplit(done.location).query))


def test_a_notice_meets_its_reader_in_the_language_he_has_changed_to(
    world: World, visitor: Visitor
) -> None:
    confirm = visitor.follow(
        visitor.submit("/signup", username="ada@example.com", password=PASSWORD)
    )
    answer = visitor.submit("/confirm", confirm, code=world.sent_code())
    french = visitor.browser.get(answer.location + "&lang=fr", base_url=ORIGIN)
    assert "Votre compte est confirmé. Connectez-vous pour continuer." in french.text


def test_the_menu_leads_to_the_same_request_in_each_language(visitor: Visitor) -> None:
    text = visitor.get("/login").text
    menu = re.findall(r'<li><a href="([^"]+)" lang="([^"]+)" hreflang="([^"]+)"', text)
    assert [tag for _, tag, _ in menu] == [each.tag for each in LANGUAGES]
    for address, tag, other in menu:
        assert tag == other
        given = dict(parse_qsl(urlsplit(unescape(address)).query))
        assert given == {**visitor.parameters, "lang": tag}
        answer = visitor.browser.get(unescape(address), base_url=ORIGIN)
        assert answer.headers["Content-Language"] == tag
    assert text.count('aria-current="true"') == 1


@pytest.mark.parametrize(
    "tag", ["xx", "../../etc/passwd", '"><script>alert(1)</script>', "d" * 3000]
)
def test_a_language_that_we_do_not_speak_is_english(visitor: Visitor, tag: str) -> None:
    visitor.parameters["lang"] = tag
    answer = visitor.get("/login")
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == "en"
    assert "<script>alert" not in answer.text


def test_what_a_person_types_is_data_in_every_language(world: World) -> None:
    """Names stand within translated sentences: neither markup nor placeholders of theirs work."""
    name = '<b>%(destination)s %s "x"</b>'
    client = world.client(world.pool(), ClientName="100 + %s")
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    for language in LANGUAGES:
        visitor.parameters.update(lang=language.tag, login_hint=name)
        text = visitor.get("/login").text
        assert "100 + %s" in text
        assert "<b>" not in text


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("short", "Dieses Passwort ist zu kurz."), ("HORSE-BATTERY-7", "einen Kleinbuchstaben")],
)
def test_refusals_are_translated_at_their_fields(
    visitor: Visitor, password: str, sentence: str
) -> None:
    visitor.parameters["lang"] = "de"
    page = visitor.submit("/signup", username="ada@example.com", password=password)
    assert re.search(f'id="password-error">[^<]*{sentence}', page.text)
    assert "Mindestens 8 Zeichen" in page.text


def test_attributes_are_refused_at_their_fields_in_the_schemas_own_numbers(world: World) -> None:
    limits = {"MinLength": "3", "MaxLength": "20"}
    schema = {"Name": "family_name", "AttributeDataType": "String", "Required": True,
              "Mutable": True, "StringAttributeConstraints": limits}  # fmt: skip
    client = world.client(world.pool(Schema=[schema]))
    visitor = Visitor(world.browser(), client, request_of(client, lang="fr", **Pkce().parameters))
    given = {"username": "ada@example.com", "password": PASSWORD, "attribute:family_name": "X"}
    text = visitor.submit("/signup", **given).text
    assert re.search(r'id="attribute:family_name-error">Saisissez au moins 3 caractères\.', text)


def test_error_pages_speak_the_language_of_the_browser(world: World, visitor: Visitor) -> None:
    for path, words in (("/login", "Ce lien de connexion"), ("/logout", "vous déconnecter")):
        answer = visitor.browser.get(path, base_url=ORIGIN, headers={"Accept-Language": "fr"})
        assert answer.status_code == 400
        assert words in answer.text
        assert answer.headers["Content-Language"] == "fr"


def test_catalogues_are_loaded_when_the_first_reader_comes(world: World, visitor: Visitor) -> None:
    """A worker starts without them: English needs none, and German loads German alone."""
    with world.app.app_context():
        loaded: dict[Any, Any] = get_babel().instance.domain_instance.cache
    assert loaded == {}
    visitor.parameters["lang"] = "de"
    visitor.get("/login")
    assert {locale for locale, _ in loaded} == {"de"}
