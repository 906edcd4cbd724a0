"""SMS senders."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kernel import settings
from kernel.messaging.message import DeliveryFailed, Message
from kernel.messaging.messenger import Messenger
from kernel.outbound import Outbound
from kernel.settings import SettingError

SMS = Message("sms", "+15550100", "", "Your code is 123456.", "123456")


@pytest.fixture
def gateway() -> Iterator[HTTPServer]:
    """An SMS gateway that keeps what it is posted; /refuse answers 500."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((dict(self.headers), json.loads(body)))
            self.send_response(500 if self.path == "/refuse" else 202)
            self.end_headers()

        def log_message(self, *args) -> None: ...

    received: list = []
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.received = received
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def messenger(path: Path, **values: str) -> Messenger:
    parsed = settings.parse({"instance": str(path), **values})
    return Messenger.from_settings(parsed, Outbound.from_settings(parsed))


def test_the_webhook_gets_the_message_as_json(gateway, tmp_path) -> None:
    url = f"http://user:pass@127.0.0.1:{gateway.server_port}/sms"
    messenger(tmp_path, sms_sender="webhook", sms_webhook_url=url).send(SMS)
    ((headers, content),) = gateway.received
    assert content == {"to": "+15550100", "body": "Your code is 123456.", "code": "123456"}
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Basic dXNlcjpwYXNz"
    assert not (tmp_path / "outbox.jsonl").exists()


def test_a_webhook_that_refuses_is_a_failed_delivery(gateway, tmp_path) -> None:
    url = f"http://127.0.0.1:{gateway.server_port}/refuse"
    with pytest.raises(DeliveryFailed, match="answered 500") as failure:
        messenger(tmp_path, sms_sender="webhook", sms_webhook_url=url).send(SMS)
    assert "123456" not in str(failure.value)
    assert "+1555" not in str(failure.value)


def test_a_webhook_that_is_away_is_a_failed_delivery(tmp_path) -> None:
    with pytest.raises(DeliveryFailed):
        messenger(tmp_path, sms_sender="webhook", sms_webhook_url="http://127.0.0.1:1").send(SMS)


def test_an_sms_sender_that_does_not_exist_stops_the_start(tmp_path) -> None:
    with pytest.raises(SettingError, match="sms_sender must be one of webhook"):
        messenger(tmp_path, sms_sender="pigeon")
