"""Sign-ins at applications, as python3-saml's own client takes them."""

from __future__ import annotations

from tests.federation.saml_idp.service_provider import (
    CONSUMER,
    ServiceProvider,
    action,
    posted,
    xml,
)
from tests.idp.oauth.world import World


def test_a_person_signs_in_at_an_application(
    saml_world: World, application: ServiceProvider
) -> None:
    application.register(attributes=[{"name": "mail", "from": "email"}])
    browser = saml_world.browser()
    shown = application.ask(browser, "/page")
    assert "Lighthouse" in shown.text
    answer = application.sign_in(browser, shown)
    assert action(answer) == CONSUMER
    assert posted(answer)["RelayState"] == "/page"
    taken = application.take(answer)
    assert taken.get_errors() == [], (taken.get_last_error_reason(), xml(answer))
    assert taken.get_attributes() == {"mail": ["ada@example.com"]}
