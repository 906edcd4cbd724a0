"""The real server around a small application: run, with the arguments of `poolgate`, by tests."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import gevent  # noqa: E402
from flask import Flask, Response, jsonify, request  # noqa: E402

from kernel.settings import SettingError, Settings  # noqa: E402
from kernel.shared_state.choice import open_shared_state  # noqa: E402
from kernel.threads import in_thread  # noqa: E402
from poolgate import reading, serve  # noqa: E402
from poolgate.arguments import make_parser, settings_flags  # noqa: E402
from poolgate.proxy_headers import ProxyHeaders  # noqa: E402
from poolgate.server.application import Application  # noqa: E402


def load(settings: Settings, is_first_worker: bool) -> Application:
    from kernel.telemetry.access_log import AccessLog  # metrics find their folder first

    if os.path.exists(settings.instance / "broken"):
        raise RuntimeError("what this worker needs is away")
    app = Flask("toy")
    state = open_shared_state(settings)
    heard: list[str] = []
    state.subscribe("toy", lambda message: heard.append(message.decode()))

    @app.get("/")
    def about() -> Response:
        return jsonify(pid=os.getpid(), region=settings.region, first=is_first_worker)

    @app.get("/slow")
    def slow() -> Response:
        time.sleep(float(request.args["seconds"]))
        return jsonify(pid=os.getpid())

    @app.route("/echo", defaults={"path": ""}, methods=["GET", "POST", "PUT", "HEAD"])
    @app.route("/echo/<path:path>", methods=["GET", "POST", "PUT", "HEAD"])
    def echo(path: str) -> Response:
        return jsonify(
            path=path,
            raw=request.environ["REQUEST_URI"],
            method=request.method,
            body=request.get_data().decode("latin-1"),
            headers=dict(request.headers),
            client=request.remote_addr,
            scheme=request.scheme,
            host=request.host,
        )

    @app.post("/unread")
    def unread() -> Response:
        return Response("not read", 413)

    @app.get("/stream")
    def stream() -> Response:
        return Response(iter(["one", "two", "three"]))

    @app.get("/claim/<key>")
    def claim(key: str) -> Response:
        return jsonify(won=state.claim(key, 60), pid=os.getpid())

    @app.post("/publish/<word>")
    def publish(word: str) -> Response:
        state.publish("toy", word.encode())
        return jsonify(pid=os.getpid())

    @app.get("/heard")
    def show_heard() -> Response:
        return jsonify(heard=heard, pid=os.getpid())

    @app.get("/child")
    def child() -> Response:
        done = subprocess.run(["/bin/echo", "child"], capture_output=True, text=True, check=True)
        return jsonify(output=done.stdout)

    @app.get("/thread")
    def thread() -> Response:
        return jsonify(sum=in_thread(sum, range(1000)))

    @app.get("/fail-later")
    def fail_later() -> Response:
        gevent.spawn(int, "password=hunter2")
        return jsonify(spawned=True)

    @app.get("/fail")
    def fail() -> Response:
        raise RuntimeError("password=hunter2 broke it")

    return Application(ProxyHeaders(AccessLog(app), settings.trusted_proxies), state.close)


def shorten_time_outs(seconds: float) -> None:
    from poolgate.server import body, handler, server

    for name in ("FIRST_BYTE_SECONDS", "KEEP_ALIVE_SECONDS", "HEAD_SECONDS", "WRITE_SECONDS"):
        setattr(handler, name, seconds)
    body.PATIENCE_SECONDS = seconds
    server.HANDSHAKE_SECONDS = seconds


def main() -> int:
    if "TOY_TIME_OUT" in os.environ:
        shorten_time_outs(float(os.environ["TOY_TIME_OUT"]))
    flags = settings_flags(make_parser().parse_args(sys.argv[1:]))
    try:
        serve.run(lambda: reading.load(flags), load, prepare=lambda _: [])
    except SettingError as error:
        print(f"poolgate: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
