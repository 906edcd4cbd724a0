"""A real Apache whose pages mod_auth_mellon protects: a SAML service provider from Debian."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from idp.user_pools.services import saml_certificates
from idp.user_pools.services.saml_certificates import Certified
from kernel.clock import Clock
from tests.servers.apache import MODULES, PROGRAM, USER
from tests.servers.run import free_port

LOADED = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "dir", "mime", "include"),
    *("setenvif", "auth_mellon"),
)
CONFIGURATION = """
{modules}
{user}
ServerRoot "{folder}"
DefaultRuntimeDir "{folder}"
PidFile "{folder}/pid"
ErrorLog "{folder}/error.log"
LogLevel warn auth_mellon:debug
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
DocumentRoot "{folder}/pages"
TypesConfig /etc/mime.types
MellonLockFile "{folder}/mellon.lock"
AddOutputFilter INCLUDES .html
# Its cookie says SameSite=None, which browsers take over https alone.
SetEnvIf Request_URI ".*" MELLON_DISABLE_SAMESITE=1
<Directory "{folder}/pages">
  Options +Includes
  Require all granted
</Directory>
<Location />
  MellonEnable "info"
  MellonEndpointPath "/mellon"
  MellonSPMetadataFile "{folder}/sp.xml"
  MellonSPPrivateKeyFile "{folder}/sp.key"
  MellonSPCertFile "{folder}/sp.crt"
  MellonIdPMetadataFile "{folder}/idp.xml"
  MellonSecureCookie Off
  # Cookies know no ports.
  MellonVariable "site{port}"
  MellonUser "mail"
  MellonSetEnvNoPrefix "GIVEN_NAME" "name"
  MellonMergeEnvVars On ";"
  MellonSignatureMethod rsa-sha256
</Location>
<Location /private>
  AuthType "Mellon"
  MellonEnable "auth"
  Require valid-user
</Location>
"""
METADATA = """<EntityDescriptor entityID="{address}/mellon/metadata"
    xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"
      AuthnRequestsSigned="true">
    <KeyDescriptor>
      <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>
      </ds:KeyInfo>
    </KeyDescriptor>
    <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
        Location="{address}/mellon/logout"/>
    {name_id_format}
    <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
        Location="{address}/mellon/postResponse" index="0" isDefault="true"/>
  </SPSSODescriptor>
</EntityDescriptor>
"""
PAGE = 'the private page of <!--#echo var="REMOTE_USER" -->, named <!--#echo var="GIVEN_NAME" -->'


@dataclass(frozen=True)
class Mellon:
    """One that is not started before it knows its identity provider."""

    folder: Path
    port: int
    key: Certified
    name_id_format: str
    """What it asks for: without a word of it in its metadata, for transient names."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"  # another site than ours

    @property
    def entity_id(self) -> str:
        return f"{self.address}/mellon/metadata"

    @property
    def metadata(self) -> Path:
        return self.folder / "sp.xml"

    def logout(self, back: str = "/") -> str:
        return f"{self.address}/mellon/logout?ReturnTo={self.address}{back}"

    def start(self, provider_metadata: str) -> subprocess.Popen[bytes]:
        (self.folder / "idp.xml").write_text(provider_metadata)
        modules = "\n".join(f"LoadModule {m}_module {MODULES}/mod_{m}.so" for m in LOADED)
        file = self.folder / "apache.conf"
        file.write_text(
            CONFIGURATION.format(modules=modules, user=USER, folder=self.folder, port=self.port)
        )
        process = subprocess.Popen([str(PROGRAM), "-X", "-f", str(file)])
        self._wait()
        return process

    def write(self) -> None:
        wanted = self.name_id_format and f"<NameIDFormat>{self.name_id_format}</NameIDFormat>"
        described = METADATA.format(
            address=self.address, certificate=self.key.certificate, name_id_format=wanted
        )
        self.metadata.write_text(described)
        lines = [self.key.certificate[i : i + 64] for i in range(0, len(self.key.certificate), 64)]
        wrapped = "\n".join(lines)
        pem = f"-----BEGIN CERTIFICATE-----\n{wrapped}\n-----END CERTIFICATE-----\n"
        (self.folder / "sp.crt").write_text(pem)
        (self.folder / "sp.key").write_text(self.key.private_key)
        for each in (self.folder / "pages", self.folder / "pages" / "private"):
            each.mkdir()
            each.chmod(0o755)
        (self.folder / "pages" / "index.html").write_text("the public page")
        (self.folder / "pages" / "private" / "page.html").write_text(PAGE)
        for file in self.folder.rglob("*.*ml"):
            file.chmod(0o644)

    def _wait(self) -> None:
        ends = time.monotonic() + 10
        while True:
            try:
                urlopen(f"{self.address}/", timeout=1).close()
                return
            except HTTPError:
                return
            except (URLError, OSError):
                if time.monotonic() > ends:
                    log = self.folder / "error.log"
                    raise TimeoutError(log.read_text() if log.exists() else "no log") from None
                time.sleep(0.02)


Make = Callable[[str], Mellon]
Start = Callable[[Mellon, str], None]


@pytest.fixture(scope="module")
def make_mellon(run_folder: Path) -> Make:
    """A service provider with its metadata; skips where the module is missing."""
    if PROGRAM is None or not (MODULES / "mod_auth_mellon.so").exists():
        pytest.skip("no mod_auth_mellon: `apt-get install libapache2-mod-auth-mellon`")

    def make(name_id_format: str) -> Mellon:
        # Its workers are another user, whom pytest's own folders keep out.
        folder = Path(tempfile.mkdtemp(prefix="mellon", dir=run_folder))
        folder.chmod(0o755)
        key = saml_certificates.make("127.0.0.1", Clock().now())
        made = Mellon(folder, free_port(), key, name_id_format)
        made.write()
        return made

    return make


@pytest.fixture(scope="module")
def start_mellon() -> Iterator[Start]:
    """Starts one with the metadata of its identity provider; stopped after the module."""
    started: list[subprocess.Popen[bytes]] = []

    def start(mellon: Mellon, provider_metadata: str) -> None:
        started.append(mellon.start(provider_metadata))

    yield start
    for process in started:
        process.terminate()
        process.wait(10)
