"""Answers that functions give piece by piece."""

from __future__ import annotations

import time

import pytest

from kernel.functions import pool
from kernel.functions.errors import FunctionFailed, FunctionMalformed, FunctionTimedOut
from kernel.functions.frames import MAX_PIECE

COUNT = """
    import os, time

    def handler(event, context):
        yield {"statusCode": 201, "headers": {"a": "b"}}
        yield "ü"
        time.sleep(event.get("pause", 0))
        yield b"\\x00\\xff"
        yield str(os.getpid())
"""


def stream(functions, name, event=None, timeout=20.0, idle=20.0):
    return functions.stream(name, event or {}, timeout=timeout, idle=idle)


def test_pieces_come_when_they_are_given(write, functions) -> None:
    write("count", COUNT)
    answer = stream(functions, "count", {"pause": 0.5})
    assert next(answer) == b'{"statusCode": 201, "headers": {"a": "b"}}' + bytes(8)
    assert next(answer) == "ü".encode()
    before = time.monotonic()
    assert next(answer) == b"\x00\xff"
    assert time.monotonic() - before > 0.3


def test_a_runner_whose_answer_ended_serves_the_next_call(write, functions) -> None:
    write("count", COUNT)
    first, second = list(stream(functions, "count")), list(stream(functions, "count"))
    assert first == second


def test_a_runner_whose_answer_is_not_wanted_to_the_end_is_ended(write, functions) -> None:
    write("count", COUNT)
    left = stream(functions, "count")
    next(left)
    left.close()
    write("who", "import os\ndef handler(e, c): return 1")
    assert list(stream(functions, "count"))[3:] != []
    assert functions.invoke("who", {}) == 1


def test_what_a_function_returns_that_does_not_stream_is_json(write, functions) -> None:
    write("plain", "def handler(event, context): return {'statusCode': 200}")
    assert list(stream(functions, "plain")) == [b'{"statusCode": 200}']


def test_a_large_piece_is_cut(write, functions) -> None:
    write("large", "def handler(e, c): yield b'x' * 200_000")
    pieces = list(stream(functions, "large"))
    assert len(b"".join(pieces)) == 200_000
    assert max(map(len, pieces)) == MAX_PIECE


def test_an_error_on_the_way_comes_after_the_pieces_before_it(write, functions) -> None:
    write("breaks", "def handler(e, c):\n    yield b'a'\n    raise KeyError('gone')")
    answer = stream(functions, "breaks")
    assert next(answer) == b"a"
    with pytest.raises(FunctionFailed, match="KeyError"):
        next(answer)


def test_a_function_that_dies_on_the_way_is_noticed(write, functions) -> None:
    write("dies", "import os\ndef handler(e, c):\n    yield b'a'\n    os._exit(3)")
    answer = stream(functions, "dies")
    assert next(answer) == b"a"
    with pytest.raises(FunctionFailed, match="ExitError"):
        next(answer)


def test_silence_and_the_whole_time_are_bounded(write, functions) -> None:
    write("slow", "import time\ndef handler(e, c):\n    yield b'a'\n    time.sleep(30)")
    write(
        "endless", "import time\ndef handler(e, c):\n    while True: yield b'a'; time.sleep(0.05)"
    )
    answer = stream(functions, "slow", idle=1.0)
    assert next(answer) == b"a"
    with pytest.raises(FunctionTimedOut):
        next(answer)
    with pytest.raises(FunctionTimedOut):
        list(stream(functions, "endless", timeout=1.5))


@pytest.mark.parametrize("piece", ["7", "None", "[b'a']", "{'a': 1}"])
def test_a_piece_is_bytes_or_text(write, functions, piece) -> None:
    write("odd", f"def handler(e, c):\n    yield b'a'\n    yield {piece}")
    with pytest.raises(FunctionFailed, match="TypeError"):
        list(stream(functions, "odd"))


def test_a_stream_has_a_most_length(write, functions, monkeypatch) -> None:
    monkeypatch.setattr("kernel.functions.process.MAX_STREAMED", 100_000)
    write("large", "def handler(e, c):\n    while True: yield b'x' * 60_000")
    with pytest.raises(FunctionMalformed, match="streams more"):
        list(stream(functions, "large"))


def test_a_function_that_nobody_reads_waits(write, functions) -> None:
    """What is not taken stays with the function: no worker gathers it."""
    write(
        "eager",
        """
        def handler(event, context):
            for number in range(1000):
                yield str(number).encode() + b" " * 60_000
        """,
    )
    answer = stream(functions, "eager")
    assert next(answer).startswith(b"0 ")
    time.sleep(0.5)
    assert sum(1 for _ in answer) == 999


def test_streams_take_no_places_of_other_calls(write, functions, monkeypatch) -> None:
    """Readers who take their time must not keep people from signing in."""
    monkeypatch.setattr(pool, "MAX_RUNNERS", 2)
    monkeypatch.setitem(pool.PATIENCE, "stream", 0.3)
    write("count", COUNT)
    write("trigger", "def handler(event, context): return event")
    under_way = [stream(functions, "count", {"pause": 30}) for _ in range(2)]
    for each in under_way:
        next(each)
    with pytest.raises(FunctionTimedOut, match="no runner free"):
        next(stream(functions, "count"))
    assert functions.invoke("trigger", {"a": 1}, timeout=20) == {"a": 1}
    for each in under_way:
        each.close()
    assert next(stream(functions, "count"))
