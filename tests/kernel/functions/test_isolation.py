"""Functions that attack: none of them reaches a secret or takes the serving process down."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest
import structlog

from kernel.functions import output, pool
from kernel.functions.errors import (
    FunctionError,
    FunctionFailed,
    FunctionMalformed,
    FunctionTimedOut,
)
from kernel.functions.runner import landlock

landlocked = pytest.mark.skipif(
    not (os.getuid() == 0 or landlock.is_available()),
    reason="this kernel has no Landlock, and processes of one user are not separated without it",
)


THERE_BEFORE: set[int] = set()


@pytest.fixture(autouse=True)
def others() -> None:
    """Servers that other tests of this run share, PostgreSQL for one, are none of ours."""
    THERE_BEFORE.clear()
    THERE_BEFORE.update(child.pid for child in psutil.Process().children())


def descendants() -> list[psutil.Process]:
    """The processes that this test has started, and theirs."""
    children = [child for child in psutil.Process().children() if child.pid not in THERE_BEFORE]
    found = [*children]
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            found += child.children(recursive=True)
    return [process for process in found if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running(argument: str) -> list[psutil.Process]:
    """The processes of this machine that were started with that argument."""
    processes = psutil.process_iter(["cmdline"])
    return [process for process in processes if argument in (process.info["cmdline"] or ())]


def wait_until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def test_the_environment_holds_nothing_of_the_worker(write, functions, monkeypatch) -> None:
    monkeypatch.setenv("POOLGATE_ROOT_SECRET_ACCESS_KEY", "open-sesame-open-sesame")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "open-sesame")
    write(
        "spy",
        """
        import os, subprocess
        def handler(event, context):
            return [dict(os.environ), subprocess.check_output("env", text=True)]
        """,
    )
    spied = functions.invoke("spy", {})
    assert "sesame" not in str(spied)
    assert "POOLGATE" not in str(spied)


def test_no_descriptor_of_the_worker_is_inherited(write, functions, tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open-sesame")
    with secret.open() as file:
        os.set_inheritable(file.fileno(), True)
        write(
            "fds",
            """
            import os
            def handler(event, context):
                found = {}
                for fd in range(1024):
                    try: found[fd] = os.readlink(f"/proc/self/fd/{fd}")
                    except OSError:
                        try: os.fstat(fd); found[fd] = "open"
                        except OSError: pass
                return found
            """,
        )
        found = functions.invoke("fds", {})
    # Input, output, error, and the socket to the worker.
    assert set(found) == {"0", "1", "2", "3"}
    assert "secret" not in str(found)


@landlocked
def test_the_key_the_database_and_the_worker_cannot_be_read(
    write, functions, folder, tmp_path
) -> None:
    instance = folder.parent
    for path in (instance / "poolgate.db", tmp_path / "instance-sealing.key"):
        path.write_text("open-sesame")
        path.chmod(0o600)
    write(
        "thief",
        """
        import os
        def attempt(path):
            try:
                return os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(20).hex()
            except OSError as error:
                return type(error).__name__
        def handler(event, context):
            paths = [*event["paths"], f"/proc/{os.getppid()}/environ", f"/proc/{os.getppid()}/mem",
                f"/proc/{os.getppid()}/fd", f"/proc/{os.getppid()}/root/etc/shadow"]
            return {path: attempt(path) for path in paths}
        """,
    )
    paths = [str(instance), str(instance / "poolgate.db"), str(tmp_path / "instance-sealing.key")]
    got = functions.invoke("thief", {"paths": [*paths, "/etc/shadow", "/root", "/home"]})
    assert set(got.values()) <= {"PermissionError", "FileNotFoundError"}


@landlocked
def test_the_worker_cannot_be_signalled_and_privileges_do_not_come_back(write, functions) -> None:
    write(
        "killer",
        """
        import os, signal, subprocess
        def handler(event, context):
            got = {}
            for name, attack in {
                "kill": lambda: os.kill(os.getppid(), 0),
                "setuid": lambda: os.setuid(0),
                "chown": lambda: os.chown("/dev/null", 1, 1),
                "nice": lambda: os.nice(-5),
            }.items():
                try: got[name] = attack() or "done"
                except OSError as error: got[name] = type(error).__name__
            got["su"] = subprocess.run(["su", "-c", "id", "root"], capture_output=True,
                stdin=subprocess.DEVNULL).returncode
            return got
        """,
    )
    got = functions.invoke("killer", {})
    assert got.pop("su") != 0
    if os.getuid() == 0:
        assert set(got.values()) == {"PermissionError"}


def test_a_loop_is_ended_at_the_time_out(write, functions) -> None:
    write("loop", "def handler(e, c):\n while True: pass")
    started = time.monotonic()
    with pytest.raises(FunctionTimedOut):
        functions.invoke("loop", {}, timeout=0.5)
    assert time.monotonic() - started < 10
    assert descendants() == []


def test_a_loop_while_loading_is_ended_at_the_time_out(write, functions) -> None:
    write("loop", "while True: pass")
    with pytest.raises(FunctionTimedOut):
        functions.invoke("loop", {}, timeout=0.5)
    assert descendants() == []


def test_a_loop_that_holds_the_interpreter_is_ended_too(write, functions) -> None:
    write("regex", "import re\ndef handler(e, c): return bool(re.match('(a+)+$', 'a' * 60 + 'b'))")
    with pytest.raises(FunctionTimedOut):
        functions.invoke("regex", {}, timeout=0.5)
    assert descendants() == []


def test_the_time_out_ends_processes_that_the_function_started(write, functions) -> None:
    write(
        "parent",
        """
        import os, signal, subprocess, time
        def handler(event, context):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            subprocess.Popen(["sleep", "61.8034"])
            if os.fork() == 0:
                time.sleep(60)
            time.sleep(60)
        """,
    )
    with pytest.raises(FunctionTimedOut):
        functions.invoke("parent", {}, timeout=3)
    wait_until(lambda: not running("61.8034"))
    assert descendants() == []


def test_no_child_escapes_the_time_out_into_a_session_of_its_own(write, functions) -> None:
    write(
        "daemon",
        """
        import os, subprocess, time
        def handler(event, context):
            refused = []
            for escape in (os.setsid, lambda: os.setpgid(0, 0)):
                if os.fork() == 0:
                    try: escape()
                    except PermissionError: os._exit(7)
                    os._exit(0)
                refused.append(os.waitstatus_to_exitcode(os.wait()[1]) == 7)
            subprocess.Popen(["/bin/sh", "-c", "setsid sleep 61.8035 || sleep 61.8035"])
            if event.get("stay"): time.sleep(60)
            return refused
        """,
    )
    assert functions.invoke("daemon", {}, timeout=20) == [True, True]
    with pytest.raises(FunctionTimedOut):
        functions.invoke("daemon", {"stay": True}, timeout=1)
    functions.close()
    wait_until(lambda: not running("61.8035"))


def test_a_leak_ends_the_function_and_not_the_worker(write, start) -> None:
    write("leak", "kept = []\ndef handler(e, c):\n while True: kept.append(bytearray(10_000_000))")
    functions = start(memory=256 * 1024 * 1024)
    for _ in range(2):
        with pytest.raises(FunctionFailed) as failure:
            functions.invoke("leak", {}, timeout=20)
        assert failure.value.error_type in {"MemoryError", "Runtime.ExitError"}
    assert descendants() == []


def test_a_fork_bomb_stays_small_and_is_ended(write, start) -> None:
    write(
        "bomb",
        "import os\ndef handler(e, c):\n while True:\n  try: os.fork()\n  except OSError: pass",
    )
    # The limit counts whatever runs as that user: a database of other tests may do.
    user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid()
    limit = 30 + sum(process.info["uids"].real == user for process in psutil.process_iter(["uids"]))
    functions = start(processes=limit)
    most = 0

    def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, len(descendants()))
            time.sleep(0.05)

    done = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with pytest.raises(FunctionError):
            functions.invoke("bomb", {}, timeout=10)
    finally:
        done.set()
        watcher.join()
    assert most > 1, "the bomb never went off"
    # Where runners share the worker's user, other processes of that user begin and end meanwhile.
    assert most <= limit + 10
    wait_until(lambda: descendants() == [])


def test_a_forked_child_cannot_answer_in_the_functions_place(write, functions) -> None:
    write("twins", "import os\ndef handler(e, c): return 'child' if os.fork() == 0 else 'parent'")
    for _ in range(3):
        assert functions.invoke("twins", {}) == "parent"


def test_a_flood_of_output_costs_the_worker_nothing_and_is_dropped(write, functions) -> None:
    write(
        "flood",
        """
        def handler(event, context):
            while event.get("forever"):
                print("x" * 100_000)
        """,
    )
    others = set(threading.enumerate())
    functions.invoke("flood", {})
    (reader,) = {t for t in threading.enumerate() if t.name == "function output"} - others
    # Processor time of the two threads a call has, not of the process: other tests' servers live
    # in it too. The reader ends with its runner, so it is asked while the flood runs.
    clock = time.pthread_getcpuclockid(reader.ident)
    spent = [time.clock_gettime(clock)]
    watch = threading.Timer(2, lambda: spent.append(time.clock_gettime(clock)))
    watch.start()
    calling = time.thread_time()
    with structlog.testing.capture_logs() as entries, pytest.raises(FunctionTimedOut):
        functions.invoke("flood", {"forever": True}, timeout=3)
    watch.join()
    assert spent[1] - spent[0] < 0.5
    assert time.thread_time() - calling < 0.5
    assert sum(len(entry.get("line", "")) for entry in entries) <= 70_000
    assert "function_output_dropped" in {entry["event"] for entry in entries}


def test_a_flood_of_short_lines_is_logged_no_further_than_its_number_of_lines(
    write, functions
) -> None:
    write("short", "def handler(e, c):\n print('a\\n' * 30_000)\n return 'done'")
    with structlog.testing.capture_logs() as entries:
        assert functions.invoke("short", {}, timeout=20) == "done"
        wait_until(lambda: "function_output_dropped" in {each["event"] for each in entries})
    lines = [each for each in entries if each["event"] == "function_output"]
    assert len(lines) == output.MAX_LINES


def test_much_output_is_dropped_and_the_result_kept(write, functions) -> None:
    write("chatty", "def handler(e, c):\n for n in range(2_000): print('x' * 100)\n return 'done'")
    assert functions.invoke("chatty", {}, timeout=20) == "done"


def test_printing_the_protocol_is_only_printing(write, functions) -> None:
    write(
        "imitate",
        """
        import json, struct, sys
        def handler(event, context):
            forged = json.dumps({"id": context.aws_request_id, "result": "forged"}).encode()
            for stream in (sys.stdout, sys.stderr):
                stream.buffer.write(struct.pack(">I", len(forged)) + forged)
                stream.flush()
            return "true"
        """,
    )
    assert functions.invoke("imitate", {}) == "true"
    assert functions.invoke("imitate", {}) == "true"


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x01{",
        b"\x00\x00\x00\x00",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x10\x00" + b"[" * 4096,
        b'\x00\x00\x00\x1b{"id":"stale","result":"x"}',
        b"\x00\x00\x00\x04null",
    ],
)
def test_junk_on_the_workers_socket_is_malformed_and_ends_the_runner(
    write, functions, junk
) -> None:
    write(
        "junk",
        f"""
        import os
        def handler(event, context):
            if event.get("well"): return os.getpid()
            os.write(3, {junk!r})
        """,
    )
    before = functions.invoke("junk", {"well": True})
    with pytest.raises(FunctionMalformed):
        functions.invoke("junk", {})
    assert functions.invoke("junk", {"well": True}) != before


def test_an_error_of_the_wrong_shape_is_malformed(write, functions) -> None:
    write(
        "shape",
        """
        import json, os, struct
        def handler(event, context):
            forged = json.dumps({"id": context.aws_request_id, "error": "x"}).encode()
            os.write(3, struct.pack(">I", len(forged)) + forged)
        """,
    )
    with pytest.raises(FunctionMalformed):
        functions.invoke("shape", {})


def test_a_reply_for_the_next_call_cannot_be_left_behind(write, functions) -> None:
    write(
        "ahead",
        """
        import json, os, struct, threading, time
        def handler(event, context):
            forged = json.dumps({"id": context.aws_request_id, "result": "forged"}).encode()
            def late():
                time.sleep(0.2)
                os.write(3, struct.pack(">I", len(forged)) + forged)
            threading.Thread(target=late).start()
            return "first"
        """,
    )
    assert functions.invoke("ahead", {}) == "first"
    time.sleep(0.5)
    with pytest.raises(FunctionMalformed):
        functions.invoke("ahead", {})


def test_an_answer_beyond_the_payload_limit_is_malformed(write, functions) -> None:
    write("big", "def handler(e, c): return 'x' * e['size']")
    assert len(functions.invoke("big", {"size": 6_000_000}, timeout=20)) == 6_000_000
    with pytest.raises(FunctionMalformed):
        functions.invoke("big", {"size": 7_000_000}, timeout=20)


def test_a_runner_that_dies_between_calls_is_replaced(write, functions) -> None:
    write(
        "later",
        """
        import os, threading, time
        def handler(event, context):
            threading.Thread(target=lambda: (time.sleep(0.2), os._exit(1))).start()
            return os.getpid()
        """,
    )
    first = functions.invoke("later", {})
    wait_until(lambda: first not in [p.pid for p in descendants()])
    assert functions.invoke("later", {}) != first


def test_one_function_does_not_take_every_runner(write, functions, monkeypatch) -> None:
    monkeypatch.setattr(pool, "MAX_RUNNERS_OF_A_FUNCTION", 1)
    write("hog", "import time\ndef handler(e, c): time.sleep(2)")
    write("other", "def handler(e, c): return 1")
    hog = threading.Thread(target=lambda: functions.invoke("hog", {}, timeout=20))
    hog.start()
    wait_until(lambda: descendants())
    with pytest.raises(FunctionTimedOut, match="no runner free"):
        functions.invoke("hog", {}, timeout=0.3)
    assert functions.invoke("other", {}, timeout=20) == 1
    hog.join()


@pytest.mark.parametrize(("held", "free"), [("api", "trigger"), ("authorizer", "api")])
def test_callers_take_no_places_of_those_who_matter_more(
    write, functions, monkeypatch, held, free
) -> None:
    """Whoever may call an API could keep everybody from signing in, and whoever an authorizer has
    not let in those whom it has."""
    monkeypatch.setattr(pool, "MAX_RUNNERS", 1)
    write("hog", "import time\ndef handler(e, c): time.sleep(3)")
    write("trigger", "def handler(e, c): return 1")
    hog = threading.Thread(target=lambda: functions.invoke("hog", {}, timeout=20, use=held))
    hog.start()
    wait_until(lambda: descendants())
    with pytest.raises(FunctionTimedOut, match="no runner free"):
        functions.invoke("trigger", {}, timeout=0.3, use=held)
    assert functions.invoke("trigger", {}, timeout=20, use=free) == 1
    assert hog.is_alive()
    hog.join()


def test_idle_runners_make_room_for_other_functions(write, functions, monkeypatch) -> None:
    monkeypatch.setattr(pool, "MAX_RUNNERS", 2)
    for number in range(4):
        write(f"f{number}", f"def handler(e, c): return {number}")
        assert functions.invoke(f"f{number}", {}) == number
        assert len(descendants()) <= 2


def test_a_runner_is_replaced_after_many_calls(write, functions, monkeypatch) -> None:
    monkeypatch.setattr(pool, "MAX_CALLS", 2)
    write("who", "import os\ndef handler(e, c): return os.getpid()")
    found = [functions.invoke("who", {}) for _ in range(4)]
    assert found[0] == found[1] != found[2] == found[3]


WORKER = """
import sys, threading
from pathlib import Path
from kernel.functions.registry import Functions
from kernel.functions.sources import FunctionFiles
functions = Functions([FunctionFiles(Path(sys.argv[1]))])
call = lambda: functions.invoke("loop", {}, timeout=60)
if sys.argv[2] == "thread":
    threading.Thread(target=call).start()
else:
    call()
"""


@pytest.mark.parametrize("place", ["main", "thread"])
def test_a_runner_dies_with_its_worker(write, folder, place) -> None:
    write("loop", "import time\ndef handler(e, c):\n while True: time.sleep(0.1)")
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(folder), place])
    try:
        wait_until(lambda: psutil.Process(worker.pid).children())
        (runner,) = psutil.Process(worker.pid).children()
        time.sleep(0.5)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    wait_until(lambda: not runner.is_running())


UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import gevent, os, sys, time
from pathlib import Path
from kernel.functions.errors import FunctionTimedOut
from kernel.functions.registry import Functions
from kernel.functions.sources import FunctionFiles
functions = Functions([FunctionFiles(Path(sys.argv[1]))])
assert functions.invoke("nap", {}, timeout=20) == "rested"
ticks = []
def tick():
    while True:
        ticks.append(time.monotonic()); gevent.sleep(0.01)
def ended(name):
    try:
        functions.invoke(name, {}, timeout=1.5)
    except FunctionTimedOut:
        return "ended"
ticker = gevent.spawn(tick)
gevent.sleep(0.05)
jobs = [gevent.spawn(functions.invoke, "nap", {}, timeout=20) for _ in range(3)]
jobs += [gevent.spawn(ended, name) for name in ("loop", "flood")]
gevent.joinall(jobs, raise_error=True)
assert [job.value for job in jobs] == ["rested"] * 3 + ["ended"] * 2, [job.value for job in jobs]
gaps = sorted(b - a for a, b in zip(ticks, ticks[1:]))
assert gaps[-1] < 0.4, gaps[-5:]
functions.close()
print("cooperative")
"""


def test_under_gevent_calls_leave_the_hub_free(write, folder) -> None:
    write("nap", "import time\ndef handler(e, c):\n time.sleep(0.3)\n return 'rested'")
    write("loop", "def handler(e, c):\n while True: pass")
    write("flood", "def handler(e, c):\n while True: print('x' * 10_000)")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(UNDER_GEVENT), str(folder)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["cooperative"], done.stderr[-3000:]


def test_the_runner_imports_nothing_of_the_product_but_its_own_modules() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import kernel.functions.runner.main; "
        "print(*sorted(name for name in sys.modules if name.partition('.')[0] == 'kernel'))"
    )
    home = str(Path(pool.__file__).parents[2])
    found = subprocess.check_output([sys.executable, "-I", "-S", "-c", program, home], text=True)
    assert {name for name in found.split() if ".runner" not in name} == {
        "kernel",
        "kernel.functions",
        "kernel.functions.frames",
        "kernel.functions.sender_codes",
        "kernel.functions.setup",
    }
