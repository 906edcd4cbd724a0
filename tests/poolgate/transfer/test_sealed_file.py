"""A sealed file opens whole, under its passphrase, or not at all."""

from __future__ import annotations

import io
import json
import time

import pytest

from poolgate.transfer import sealed_file
from poolgate.transfer.sealed_file import MAGIC, Damaged, Reader, Writer

PASSPHRASE = "correct horse battery"
RECORDS = [bytes([n]) * 100_000 + b"\n" for n in range(8)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The work of a passphrase is argon2's affair."""
    monkeypatch.setattr(sealed_file, "MEMORY_KIB", 64)
    monkeypatch.setattr(sealed_file, "PASSES", 1)


def sealed(passphrase: str = PASSPHRASE, records=RECORDS) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, passphrase)
    for record in records:
        writer.write(record)
    writer.finish()
    return file.getvalue()


def opened(content: bytes, passphrase: str = PASSPHRASE) -> bytes:
    reader = Reader(io.BytesIO(content), passphrase)
    return b"".join(chunk.plain for chunk in reader.chunks())


def parts(content: bytes) -> tuple[bytes, list[bytes]]:
    """The head, and the chunks with their lengths."""
    size = int.from_bytes(content[len(MAGIC) :][:4])
    at = len(MAGIC) + 4 + size
    head, chunks = content[:at], []
    while at < len(content):
        end = at + 4 + int.from_bytes(content[at : at + 4])
        chunks.append(content[at:end])
        at = end
    return head, chunks


def test_what_was_written_is_read():
    assert opened(sealed()) == b"".join(RECORDS)
    assert opened(sealed(records=[])) == b""
    assert len(parts(sealed())[1]) == 4


def test_another_passphrase_opens_nothing():
    with pytest.raises(Damaged):
        opened(sealed(), "correct horse batterx")


def test_no_two_files_are_alike():
    assert sealed() != sealed()


def test_any_flipped_bit_is_noticed():
    content = sealed(records=[b"x" * 50])
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= 1
        with pytest.raises(Damaged):
            opened(bytes(altered))


def test_a_file_that_ends_early_is_refused_wherever_it_ends():
    content = sealed(records=[b"x" * 50])
    for end in range(len(content)):
        with pytest.raises(Damaged):
            opened(content[:end])


def test_chunks_stay_in_their_places():
    head, chunks = parts(sealed())
    one, two, three, last = chunks
    for order in (
        [two, one, three, last],
        [one, three, last],
        [one, one, two, three, last],
        [one, two, three],
        [one, two, three, last, last],
        [last],
        [],
        [one, two, last, three],
    ):
        with pytest.raises(Damaged):
            opened(head + b"".join(order))


def test_a_chunk_of_another_file_does_not_open():
    head, chunks = parts(sealed())
    other_head, other = parts(sealed())
    with pytest.raises(Damaged):
        opened(head + b"".join([*chunks[:3], other[3]]))
    with pytest.raises(Damaged):
        opened(other_head + b"".join(chunks))


def test_reading_goes_on_at_a_chunk():
    content = sealed()
    first = next(iter(Reader(io.BytesIO(content), PASSPHRASE).chunks()))
    rest = Reader(io.BytesIO(content), PASSPHRASE).chunks(1, first.end)
    assert first.plain + b"".join(chunk.plain for chunk in rest) == b"".join(RECORDS)
    with pytest.raises(Damaged):
        list(Reader(io.BytesIO(content), PASSPHRASE).chunks(2, first.end))


@pytest.mark.parametrize(
    "change",
    [
        {"memory": 2**31}, {"passes": 10**9}, {"lanes": 255}, {"memory": 1}, {"passes": 0},
        {"salt": ""}, {"salt": "AAAA"}, {"id": "../x"}, {"memory": "64x"}, {"lanes": None},
    ],
)  # fmt: skip
def test_a_header_cannot_ask_for_endless_work(change):
    content = sealed(records=[b"x"])
    head, chunks = parts(content)
    header = json.loads(head[len(MAGIC) + 4 :])
    raw = json.dumps({**header, **change}).encode()
    began = time.monotonic()
    with pytest.raises(Damaged):
        opened(MAGIC + len(raw).to_bytes(4) + raw + b"".join(chunks))
    assert time.monotonic() - began < 5


def test_lengths_are_bounded():
    head, _ = parts(sealed())
    for content in (
        b"", b"GIF89a", MAGIC + b"\xff\xff\xff\xff", MAGIC + (2).to_bytes(4) + b"[]",
        head + b"\xff\xff\xff\xff" + b"x",
    ):  # fmt: skip
        with pytest.raises(Damaged):
            opened(content)
