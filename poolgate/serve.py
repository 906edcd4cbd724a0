"""`poolgate serve`: settings, sockets, instance, then the supervisor.

Whatever is wrong with the settings is found here, before a worker is forked, and said in one
sentence.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from kernel.settings import LOOPBACK_HOSTS, SettingError, Settings
from poolgate import instance_lock, reading
from poolgate.arguments import make_parser, settings_flags
from poolgate.server.application import Application, Wsgi
from poolgate.server.listeners import bind_all

WRONG_USAGE = 2
# Nobody reads standard output any more: what a shell says of a program that SIGPIPE ended.
READER_LEFT = 141
# Whatever an instance holds is its owner's alone.
PRIVATE_UMASK = 0o077


def main(words: Sequence[str]) -> int:
    """Serve until stopped. `words` follow `poolgate`; the exit status is returned."""
    os.umask(PRIVATE_UMASK)
    flags = settings_flags(make_parser().parse_args(words))
    try:
        run(lambda: reading.load(flags), load_application)
    except SettingError as error:
        print(f"poolgate: {error}", file=sys.stderr)
        return WRONG_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_LEFT
    return 0


def run(
    read_settings: Callable[[], Settings],
    load: Callable[[Settings, bool], Application],
    prepare: Callable[[Settings], list[str]] | None = None,
) -> None:
    """Serve what `load(settings, is_first_worker)` returns. Raises `SettingError`, `SystemExit`."""
    settings = read_settings()
    listeners = bind_all(settings)
    _lift_limit_of_files()
    _set_up_telemetry(settings)
    _reach_valkey(settings)
    # Single use must stay single: several servers share an instance through a Valkey only.
    with nullcontext() if settings.valkey_url else instance_lock.hold(settings):
        lines = [*(prepare or prepare_instance)(settings), *_advice(settings)]
        print(*lines, sep="\n", end="\n" if lines else "", flush=True)
        from poolgate.server.supervisor import Served

        served = Served(settings, listeners=listeners, load=load, read_settings=read_settings)
        # What is loaded now is shared by the workers; the collector must not copy it by touching.
        gc.freeze()
        gc.enable()
        served.run()


def prepare_instance(settings: Settings) -> list[str]:
    """Initialise an empty instance; the lines to print, once."""
    from poolgate import instance

    # A server's standard output that is no terminal is often a log.
    lines = instance.initialise(settings, show_secret=sys.stdout.isatty())
    import_module("app")  # heavy: loaded once, here, for all workers
    return lines


def load_application(settings: Settings, is_first_worker: bool) -> Application:
    """The application of one worker."""
    from kernel.telemetry.access_log import AccessLog
    from poolgate.proxy_headers import ProxyHeaders

    flask = import_module("app").create_app(settings)
    if settings.demo:
        from poolgate import demo

        lines = demo.prepare(flask)
        if is_first_worker:
            print(*lines, sep="\n", flush=True)
    wsgi = ProxyHeaders(AccessLog(flask), settings.trusted_proxies)
    kernel = flask.extensions["poolgate"]
    return Application(
        wsgi,
        kernel.close,
        sites=kernel.find(import_module("gateway.tls.sites").DomainSites),
        plain=_plain(kernel) if settings.http_port else None,
        # No proxy is believed there: what it says of a client is not what the client proved.
        machines=AccessLog(flask.extensions["poolgate_machines"]) if settings.mtls_port else None,
    )


def _plain(kernel: Any) -> Wsgi:
    """What the port without TLS serves."""
    from gateway.acme.challenges import Challenges
    from kernel.telemetry.access_log import AccessLog
    from poolgate.plain_http import PlainHttp

    challenges = kernel.find(Challenges)
    answer = challenges.answer if challenges else lambda _path: None
    return AccessLog(PlainHttp(kernel.settings, answer))


def _set_up_telemetry(settings: Settings) -> None:
    if settings.metrics_port:
        _prepare_metrics(instance_lock.make_run_folder(settings) / "metrics")
    from kernel.telemetry import logs

    logs.configure(settings.log_format, settings.log_level)


def _prepare_metrics(folder: Path) -> None:
    """Forget an earlier run's values, before the metrics are imported and open their files."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _reach_valkey(settings: Settings) -> None:
    """Without it no sign-in would get beyond its first step. Raises `SettingError`."""
    if not settings.valkey_url:
        return
    from kernel.shared_state.connection import Connection

    connection = Connection(settings.valkey_url)
    answers = connection.ask(lambda: bool(connection.client.ping()), lambda: False)
    connection.close()
    if not answers:
        raise SettingError("valkey_url names a server that does not answer.")


def _advice(settings: Settings) -> list[str]:
    if settings.host in LOOPBACK_HOSTS or settings.public_url:
        return []
    return [f"Set public_url: to clients elsewhere, {settings.origin} is not this server."]


def _lift_limit_of_files() -> None:
    """Every connection is a file; the soft limit is often 1,024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
