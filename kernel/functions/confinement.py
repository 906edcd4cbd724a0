"""How runners are set up: what they may read, whom they become, what surrounds them."""

from __future__ import annotations

import os
import pwd
import stat
import sys
import sysconfig
import threading
from dataclasses import dataclass, field
from pathlib import Path

from kernel.functions.setup import Limits, Setup
from kernel.functions.sources import Code

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/sys/devices/system/cpu", "/proc/self")
# From /etc only what names, addresses and certificates need: keys may lie beside them.
CONFIGURATION = tuple(
    f"/etc/{name}"
    for name in (
        "alternatives",
        "ca-certificates",
        "gai.conf",
        "group",
        "host.conf",
        "hosts",
        "ld.so.cache",
        "localtime",
        "mime.types",
        "nsswitch.conf",
        "passwd",
        "pki/ca-trust",
        "pki/tls/certs",
        "protocols",
        "resolv.conf",
        "services",
        "ssl/certs",
        "ssl/openssl.cnf",
    )
)
DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
SCRATCH = "/tmp"  # noqa: S108 - Lambda's own folder for what a function writes


@dataclass(frozen=True)
class Confinement:
    """How runners are started. `secret` are paths that no function may read."""

    secret: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    region: str = "us-east-1"

    def setup(self, code: Code) -> Setup:
        """What a runner of `code` is told."""
        return Setup(
            name=code.name,
            handler=code.handler,
            path=code.path,
            source=code.source,
            module=code.module,
            search=list(code.search),
            readable=[
                *self._without_secrets((*SYSTEM, *CONFIGURATION, *_libraries())),
                *code.search,
            ],
            writable=[*DEVICES, *self._without_secrets((SCRATCH,))],
            limits=self.limits,
            user=_nobody(),
            is_readable_by_user=all(_is_public(path) for path in (*_libraries(), *code.search)),
            environment=dict(code.environment),
            parent=os.getpid() if _is_main_thread() else None,
        )

    def environment(self, code: Code) -> dict[str, str]:
        """The runner's whole environment: nothing of the worker's is in it."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            # Each arena reserves 64 MiB of the address space that is limited.
            "MALLOC_ARENA_MAX": "2",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_LAMBDA_FUNCTION_NAME": code.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.limits.memory // 1_048_576),
        }

    def _without_secrets(self, paths: tuple[str, ...]) -> list[str]:
        return [
            path
            for path in paths
            if not any(secret.is_relative_to(Path(path).resolve()) for secret in self.secret)
        ]


def _libraries() -> list[str]:
    """The interpreter, its library and what is installed into it."""
    paths = sysconfig.get_paths()
    home = {name: paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    shared = (str(Path(sys.base_prefix) / name) for name in ("bin", "lib"))
    return [*home.values(), str(Path(sys.prefix) / "bin"), *shared]


def _nobody() -> tuple[int, int] | None:
    """Whom a runner becomes where the worker is root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return entry.pw_uid, entry.pw_gid


def _is_public(path: str) -> bool:
    """Whether file permissions let everyone in."""
    folder = Path(path)
    if not folder.exists():
        return True
    way = (folder.resolve(), *folder.resolve().parents)
    return all(step.stat().st_mode & stat.S_IXOTH for step in way) and bool(
        way[0].stat().st_mode & stat.S_IROTH
    )


def _is_main_thread() -> bool:
    # A runner that dies with its parent dies with the thread that started it (prctl(2)), and only
    # the main thread lives as long as the process does.
    return threading.get_native_id() == os.getpid()
