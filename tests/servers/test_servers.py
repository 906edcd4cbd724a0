"""The servers that other tests stand on answer."""

from __future__ import annotations

import json
import smtplib
from urllib.request import urlopen

import psycopg
import redis
from playwright.sync_api import Page
from sqlalchemy import text

from kernel.database import Database
from tests.servers.smtp import Mailbox


def test_postgresql_answers(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT 18").fetchone() == (18,)


def test_valkey_answers(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.ping()


def test_mail_arrives(smtp_server: Mailbox) -> None:
    host, port = smtp_server.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.sendmail("a@example.com", ["b@example.com"], "To: b@example.com\n\nHello")
    assert smtp_server.wait("b@example.com").get_content().strip() == "Hello"


def test_echo_shows_the_request(http_echo: str) -> None:
    with urlopen(f"{http_echo}/path?x=1") as answer:
        assert json.load(answer)["path"] == "/path?x=1"


def test_units_of_work_run(database: Database) -> None:
    assert database.read(lambda session: session.execute(text("SELECT 1")).scalar()) == 1


def test_chromium_shows_a_page(page: Page, http_echo: str) -> None:
    page.goto(f"{http_echo}/hello")
    assert "/hello" in page.content()
