"""Heads of answers: what an application must not say, and what the server adds."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from poolgate.server.answer_head import AnswerHead


def lines(head: AnswerHead, framing: bytes = b"", connection: bytes = b"") -> list[str]:
    raw = head.to_bytes(framing, connection)
    assert raw.endswith(b"\r\n\r\n")
    return raw.decode("latin-1").split("\r\n")[:-2]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ("200 OK", [("X-A", "1\r\nSet-Cookie: stolen=1")]),
        ("200 OK", [("X-A", "1\nSet-Cookie: stolen=1")]),
        ("200 OK", [("X-A", "1\rSet-Cookie: stolen=1")]),
        ("200 OK", [("X-A\r\nSet-Cookie", "stolen=1")]),
        ("200 OK\r\nX-A: 1", []),
        ("200 OK", [("X-A", "1\0")]),
        ("200 OK", [("X-A", "snow \u2603")]),
        ("OK", []),
    ],
)
def test_what_would_split_an_answer_is_refused(status: str, fields: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is nobody's business
        AnswerHead(status, fields)


def test_fields_keep_their_order_and_repetition() -> None:
    fields = [("Set-Cookie", "a=1"), ("X-Umlaut", "\xe4"), ("Set-Cookie", "b=2"), ("Date", "now")]
    head = AnswerHead("207 Some Thing", fields)
    wanted = ["HTTP/1.1 207 Some Thing", *[f"{name}: {value}" for name, value in fields]]
    assert lines(head) == wanted
    assert head.code == 207
    assert head.names == {"set-cookie", "x-umlaut", "date"}


def test_server_adds_the_date_and_what_it_is_told() -> None:
    head = AnswerHead("200 OK", [])
    status, date, *rest = lines(head, b"Content-Length: 3\r\n", b"Connection: close\r\n")
    assert status == "HTTP/1.1 200 OK"
    assert parsedate_to_datetime(date.removeprefix("Date: ")).tzinfo is not None
    assert rest == ["Content-Length: 3", "Connection: close"]
