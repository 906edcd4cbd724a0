"""What goes into a message, and what a person's own words can do there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from idp.models import User, UserPool
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import messages
from kernel.messaging.message import Message
from kernel.messaging.messenger import Messenger
from kernel.runtime import Kernel
from tests.idp.user_pools.operations.world import World


@dataclass
class Recorder:
    """A sender that keeps what it is given."""

    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.sent.append(message)


def sent(world: World, username: str, text: messages.Text, channel: str = "email") -> Message:
    """The message to a user of that name, with the code 123456."""
    pool_id = world.pool().id
    pool = world.kernel.database.read(lambda session: session.get_one(UserPool, pool_id))
    recorder = Recorder()
    kernel: Kernel = replace(world.kernel, messenger=Messenger(recorder, recorder))
    user = User(id="x", username=username, status="CONFIRMED", attributes={})
    attribute = "email" if channel == "email" else "phone_number"
    delivery = Delivery("CustomMessage_Test", Destination(attribute, "to"), "123456")
    messages.send(kernel, pool, user, delivery, text)
    return recorder.sent[0]


TEXT = messages.Text(
    sms="{username} has {####}", subject="For {username}", email="<p>{username}: {####}</p>"
)


def test_placeholders_are_filled_in_each_part(world: World) -> None:
    message = sent(world, "ada", TEXT)
    assert message.subject == "For ada"
    assert message.body == "<p>ada: 123456</p>"
    assert sent(world, "ada", TEXT, "sms").body == "ada has 123456"


@pytest.mark.parametrize("name", ["{####}", "{username}"])
def test_name_that_looks_like_a_placeholder_stays_as_it_is(world: World, name: str) -> None:
    assert sent(world, name, TEXT).body == f"<p>{name}: 123456</p>"


def test_name_cannot_write_html(world: World) -> None:
    message = sent(world, "<img/src=x>&", TEXT)
    assert message.html == "<p>&lt;img/src=x&gt;&amp;: 123456</p>"


def test_code_is_not_shown_where_messages_are_logged(world: World) -> None:
    assert "123456" not in repr(sent(world, "ada", TEXT))


def test_function_words_the_codes_of_sign_ins(world: World) -> None:
    """CustomMessage_Authentication, for codes that are a factor."""
    words = world.function(
        "sign_in_words",
        "event['response']['emailMessage'] = (\n"
        "    event['triggerSource'] + ' ' + event['request']['codeParameter'])",
    )
    pool_id = world.pool(LambdaConfig={"CustomMessage": words}).id
    pool = world.kernel.database.read(lambda session: session.get_one(UserPool, pool_id))
    user = User(id="x", username="ada", status="CONFIRMED", attributes={})
    destination = Destination("email", "ada@example.com")
    delivery = Delivery("CustomMessage_Authentication", destination, "123456")
    messages.send(world.kernel, pool, user, delivery, TEXT)
    (message,) = world.messages("ada@example.com")
    assert message["body"] == "CustomMessage_Authentication 123456"


LINKED = replace(TEXT, link="https://id.example/open?client_id=1&code={####}")


def test_link_comes_at_the_end_or_where_the_text_wants_it(world: World) -> None:
    message = sent(world, "jane", LINKED)
    address = "https://id.example/open?client_id=1&code=123456"
    assert message.body.endswith(f": {address}\n")
    assert f'<a href="{address.replace("&", "&amp;")}">' in (message.html or "")
    placed = sent(world, "jane", replace(LINKED, email="{####} {##Sign in##} {##here##}"))
    assert placed.body == f"123456 Sign in: {address} here: {address}"
    assert (placed.html or "").count("</a>") == 2


def test_name_that_looks_like_a_link_is_none(world: World) -> None:
    message = sent(world, "{##x##}", LINKED)
    assert message.body.startswith("<p>{##x##}: 123456</p>")
    assert (message.html or "").count("<a ") == 1


def test_words_of_a_link_are_left_out_where_there_is_none(world: World) -> None:
    message = sent(world, "jane", replace(TEXT, email="{####} {##Sign in##}"))
    assert message.body == message.html == "123456 "


def test_sms_has_no_link(world: World) -> None:
    assert sent(world, "jane", LINKED, "sms").body == "jane has 123456"
