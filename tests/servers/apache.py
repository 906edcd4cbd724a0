"""A real Apache whose pages mod_auth_openidc protects, where both are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from tests.servers.run import free_port

PROGRAM = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
MODULES = Path("/usr/lib/apache2/modules")
# Its workers become another user, who cannot read a test's folder otherwise.
USER = "User www-data\nGroup www-data" if os.getuid() == 0 else ""
LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "dir", "auth_openidc")
CONFIGURATION = """
{modules}
{user}
ServerRoot "{folder}"
DefaultRuntimeDir "{folder}"
PidFile "{folder}/pid"
ErrorLog "{folder}/error.log"
LogLevel warn auth_openidc:info
ServerName localhost
Listen 127.0.0.1:{port}
DocumentRoot "{folder}/pages"
<Directory "{folder}/pages">
  Require all granted
</Directory>
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI {redirect_uri}
OIDCCryptoPassphrase passphrase-of-the-tests
OIDCPKCEMethod S256
OIDCScope "openid email profile"
<Location /private>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /private/ada.html>
  Require claim "given_name:Ada"
</Location>
<Location /private/nobody.html>
  Require claim "given_name:Nobody"
</Location>
"""

Start = Callable[..., None]


@pytest.fixture(scope="session")
def apache_module() -> None:
    """Skips where Apache or its module is missing."""
    if PROGRAM is None or not (MODULES / "mod_auth_openidc.so").exists():
        pytest.skip(
            "mod_auth_openidc is not installed: `apt-get install libapache2-mod-auth-openidc`"
        )


@pytest.fixture(scope="module")
def apache(apache_module: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts Apache on a port as a relying party of an issuer."""
    started: list[subprocess.Popen[bytes]] = []

    def start(port: int, **settings: str) -> None:
        folder = tmp_path_factory.mktemp("apache")
        # Of every folder above it, pytest lets only its owner in.
        for each in (folder, *folder.parents):
            if each == Path(tempfile.gettempdir()):
                break
            each.chmod(0o755)
        _write_pages(folder / "pages")
        modules = "\n".join(f"LoadModule {m}_module {MODULES}/mod_{m}.so" for m in LOADED)
        file = folder / "apache.conf"
        file.write_text(
            CONFIGURATION.format(modules=modules, user=USER, folder=folder, port=port, **settings)
        )
        started.append(subprocess.Popen([str(PROGRAM), "-X", "-f", str(file)]))
        _wait_for(f"http://127.0.0.1:{port}/", folder)

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def apache_port() -> int:
    return free_port()


def _write_pages(folder: Path) -> None:
    (folder / "private").mkdir(parents=True)
    (folder / "index.html").write_text("public")
    for name in ("page", "ada", "nobody"):
        (folder / "private" / f"{name}.html").write_text(f"the private {name}")


def _wait_for(url: str, folder: Path) -> None:
    ends = time.monotonic() + 10
    while True:
        try:
            urlopen(url, timeout=1).close()
            return
        except HTTPError:
            return
        except (URLError, OSError):
            if time.monotonic() > ends:
                log = folder / "error.log"
                raise TimeoutError(log.read_text() if log.exists() else "no log") from None
            time.sleep(0.02)
