"""Calls of local functions, as AWS shapes them."""

from __future__ import annotations

import os
import threading
import time

import pytest
import structlog

from kernel.functions.errors import FunctionFailed, FunctionMalformed, FunctionNotFound

WHO = """
import os

def handler(event, context):
    return os.getpid()
"""


def test_a_function_gets_its_event_and_gives_its_result(write, functions) -> None:
    write("double", "def handler(event, context): return {'twice': event['n'] * 2, 'ü': None}")
    assert functions.invoke("double", {"n": 21}) == {"twice": 42, "ü": None}


def test_name_and_handler_address_one_of_several_functions(write, functions) -> None:
    write("two", "def first(e, c): return 1\ndef second(e, c): return 2")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:two.second:PROD"
    assert functions.invoke("two.first", {}) == 1
    assert functions.invoke(arn, {}) == 2


def test_the_context_is_the_one_of_aws(write, functions) -> None:
    write(
        "show",
        """
        def handler(event, context):
            names = ("function_name", "function_version", "invoked_function_arn",
                "memory_limit_in_mb", "aws_request_id", "log_group_name", "log_stream_name")
            shown = {name: getattr(context, name) for name in names}
            shown["left"] = context.get_remaining_time_in_millis()
            shown["identity"] = context.identity.cognito_identity_id
            shown["title"] = context.client_context.client.app_title
            shown["custom"] = context.client_context.custom
            return shown
        """,
    )
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:show:PROD"
    client_context = {"client": {"app_title": "Shop"}, "custom": {"a": "b"}}
    shown = functions.invoke(arn, {}, timeout=20, client_context=client_context)
    assert 0 < shown.pop("left") <= 20_000
    request_id = shown.pop("aws_request_id")
    assert len(request_id) == 36
    stream = shown.pop("log_stream_name")
    assert stream.endswith("/[PROD]" + request_id.replace("-", ""))
    assert shown == {
        "function_name": "show",
        "function_version": "PROD",
        "invoked_function_arn": arn,
        "memory_limit_in_mb": "512",
        "log_group_name": "/aws/lambda/show",
        "identity": None,
        "title": "Shop",
        "custom": {"a": "b"},
    }


def test_a_function_that_no_source_knows_is_not_found(functions) -> None:
    with pytest.raises(FunctionNotFound):
        functions.invoke("missing", {})


def test_an_error_has_its_type_and_message_and_leaves_the_runner_warm(write, functions) -> None:
    write(
        "refuse",
        """
        import os
        class Refused(Exception): ...
        def handler(event, context):
            if event.get("who"):
                return os.getpid()
            raise Refused("no entry")
        """,
    )
    before = functions.invoke("refuse", {"who": True})
    with pytest.raises(FunctionFailed) as failure:
        functions.invoke("refuse", {})
    assert (failure.value.error_type, failure.value.message) == ("Refused", "no entry")
    assert functions.invoke("refuse", {"who": True}) == before


@pytest.mark.parametrize(
    ("source", "error_type"),
    [
        ("def handler(", "Runtime.UserCodeSyntaxError"),
        ("import no_such_module", "Runtime.ImportModuleError"),
        ("raise SystemExit(3)", "Runtime.ImportModuleError"),
        ("other = 1", "Runtime.HandlerNotFound"),
        ("handler = 1", "Runtime.HandlerNotFound"),
        ("def handler(e, c): return object()", "Runtime.MarshalError"),
        ("def handler(e, c): return float('nan')", "Runtime.MarshalError"),
        ("def handler(e, c):\n a = []\n a.append(a)\n return a", "Runtime.MarshalError"),
        ("def handler(e, c): raise SystemExit(3)", "Runtime.ExitError"),
        ("import os\ndef handler(e, c): os._exit(3)", "Runtime.ExitError"),
        ("import os\ndef handler(e, c): os.abort()", "Runtime.ExitError"),
        ("def handler(e, c): raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def handler(e): return 1", "TypeError"),
        ("def handler(e, c): return (lambda f: f(f))(lambda f: f(f))", "RecursionError"),
    ],
)
def test_what_goes_wrong_is_named_as_lambda_names_it(write, functions, source, error_type) -> None:
    write("wrong", source)
    for _ in range(2):
        with pytest.raises(FunctionFailed) as failure:
            functions.invoke("wrong", {})
        assert failure.value.error_type == error_type


def test_an_error_that_cannot_be_printed_is_reported_all_the_same(write, functions) -> None:
    write(
        "odd",
        """
        class Odd(Exception):
            def __str__(self): raise ValueError
        def handler(event, context): raise Odd
        """,
    )
    with pytest.raises(FunctionFailed) as failure:
        functions.invoke("odd", {})
    assert failure.value.error_type == "Odd"


def test_a_runner_is_kept_warm_between_calls(write, functions) -> None:
    write("who", WHO)
    first = functions.invoke("who", {})
    assert first != os.getpid()
    assert functions.invoke("who", {}) == first


def test_a_changed_file_is_loaded_anew(write, functions) -> None:
    write("answer", "def handler(e, c): return 1")
    assert functions.invoke("answer", {}) == 1
    write("answer", "def handler(e, c): return 2")
    assert functions.invoke("answer", {}) == 2


def test_a_file_that_is_touched_but_not_changed_keeps_its_runner(write, functions, folder) -> None:
    write("who", WHO)
    first = functions.invoke("who", {})
    os.utime(folder / "who.py", (1, 1))
    assert functions.invoke("who", {}) == first


def test_a_removed_file_is_a_function_no_more(write, functions, folder) -> None:
    write("who", WHO)
    functions.invoke("who", {})
    (folder / "who.py").unlink()
    with pytest.raises(FunctionNotFound):
        functions.invoke("who", {})


def test_a_function_may_import_files_beside_it_and_installed_packages(write, functions) -> None:
    write("shared_part", "VALUE = 5")
    write(
        "json",
        """
        import json, orjson, shared_part
        def handler(event, context): return [json.loads("1"), shared_part.VALUE]
        """,
    )
    assert functions.invoke("json", {}) == [1, 5]


def test_calls_at_the_same_time_have_runners_of_their_own(write, functions) -> None:
    write("slow", "import os, time\ndef handler(e, c):\n time.sleep(0.5)\n return os.getpid()")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(functions.invoke("slow", {}, timeout=20)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 3


def test_a_runner_outlives_the_thread_that_started_it(write, functions) -> None:
    write("who", WHO)
    found = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: found.append(functions.invoke("who", {})))
        thread.start()
        thread.join()
    assert found[0] == found[1]


def test_an_event_beyond_the_payload_limit_is_refused(write, functions) -> None:
    write("who", WHO)
    with pytest.raises(FunctionMalformed):
        functions.invoke("who", {"big": "x" * 7_000_000})
    assert functions.invoke("who", {"big": "x" * 1_000_000})


def test_an_event_that_is_not_json_is_refused(write, functions) -> None:
    write("who", WHO)
    for event in ({"a": object()}, {"a": "\ud800"}, {1: 2}):
        with pytest.raises(FunctionMalformed):
            functions.invoke("who", event)


def test_what_a_function_prints_goes_to_the_log(write, functions) -> None:
    write(
        "talk",
        """
        import os, subprocess, sys
        def handler(event, context):
            print("hello\\x00 ü")
            print("warning", file=sys.stderr)
            subprocess.run(["echo", "from a child"])
            raise ValueError("traced")
        """,
    )
    with structlog.testing.capture_logs() as entries:
        with pytest.raises(FunctionFailed):
            functions.invoke("talk", {})
        # Printing and replying take different ways, so the text may come after the reply.
        deadline = time.monotonic() + 20
        while "ValueError: traced" not in str(entries) and time.monotonic() < deadline:
            time.sleep(0.01)
    lines = [e["line"] for e in entries if e["event"] == "function_output"]
    assert {"hello\x00 ü", "warning", "from a child", "ValueError: traced"} <= set(lines)
    assert all(entry["function"] == "talk" for entry in entries)


def test_an_installed_entry_point_is_a_function(tmp_path, functions, monkeypatch) -> None:
    metadata = tmp_path / "site" / "shop-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[poolgate.functions]\ngreet = shop_code:Api.greet\n"
    )
    (tmp_path / "site" / "shop_code.py").write_text(
        "class Api:\n    def greet(event, context): return 'hi ' + event['name']\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert functions.invoke("greet:PROD", {"name": "Ada"}) == "hi Ada"
