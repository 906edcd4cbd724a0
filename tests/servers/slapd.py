"""A real directory, Debian's OpenLDAP server, where it is installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.authority import Authority
from tests.servers.run import free_port

PROGRAM = shutil.which("slapd", path="/usr/sbin:/usr/bin")
BASE = "dc=example,dc=com"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
SEARCHER, SEARCHER_PASSWORD = f"cn=poolgate,{BASE}", "searcher's secret 91"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{BASE}", "admin of the tests"
PASSWORD = "Directory-horse-7"

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.crt
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw "{admin_password}"
directory {folder}/data
maxsize 10485760
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{searcher}" read by * none
"""
ENTRIES = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: {PEOPLE}
objectClass: organizationalUnit
ou: people

dn: {GROUPS}
objectClass: organizationalUnit
ou: groups

dn: {SEARCHER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: poolgate
userPassword: {SEARCHER_PASSWORD}
"""


@dataclass(frozen=True)
class Slapd:
    """One that runs. Everything but a bind is encrypted, or refused by nobody: tests say so."""

    folder: Path
    tls_port: int
    port: int
    authority: Authority

    @property
    def tls_url(self) -> str:
        return f"ldaps://localhost:{self.tls_port}"

    @property
    def url(self) -> str:
        return f"ldap://localhost:{self.port}"

    def document(self, **members: Any) -> dict[str, Any]:
        """A pool's settings for it; None leaves a member out."""
        given = {
            "mode": "source",
            "urls": [self.tls_url],
            "ca": self.authority.certificate,
            "bind_dn": SEARCHER,
            "bind_password": SEARCHER_PASSWORD,
            "base_dn": PEOPLE,
            "attributes": {"email": "mail", "name": "cn"},
            "verified": ["email"],
            "pause_seconds": 1,
            **members,
        }
        return {name: value for name, value in given.items() if value is not None}

    def person(self, uid: str, password: str = PASSWORD, **attributes: str) -> str:
        """Add one, whose DN comes back."""
        given = {"cn": uid.title(), "sn": uid.title(), "mail": f"{uid}@example.com", **attributes}
        dn = f"uid={uid},{PEOPLE}"
        lines = [f"dn: {dn}", "objectClass: inetOrgPerson", f"uid: {uid}"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        self.change("\n".join([*lines, f"userPassword: {password}"]), "ldapadd")
        return dn

    def group(self, name: str, *members: str) -> str:
        dn = f"cn={name},{GROUPS}"
        lines = [f"dn: {dn}", "objectClass: groupOfNames", f"cn: {name}"]
        self.change("\n".join([*lines, *(f"member: {each}" for each in members)]), "ldapadd")
        return dn

    def change(self, text: str, program: str = "ldapmodify") -> None:
        """LDIF, as the administrator."""
        subprocess.run(
            [program, "-x", "-H", self.url, "-D", ADMIN, "-w", ADMIN_PASSWORD],
            input=text,
            text=True,
            check=True,
            capture_output=True,
            timeout=20,
        )

    def replace(self, dn: str, **attributes: str) -> None:
        changes = [f"replace: {name}\n{name}: {value}" for name, value in attributes.items()]
        self.change(f"dn: {dn}\nchangetype: modify\n" + "\n-\n".join(changes))

    def delete(self, dn: str) -> None:
        self.change(f"dn: {dn}\nchangetype: delete")


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """This worker's own. Tests add their people under names of their own."""
    if PROGRAM is None or shutil.which("ldapadd") is None:
        pytest.skip("no OpenLDAP server: `apt-get install slapd ldap-utils`")
    folder = tmp_path_factory.mktemp("slapd")
    made = Slapd(folder, free_port(), free_port(), Authority())
    _configure(made)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                *(PROGRAM, "-f", folder / "slapd.conf", "-d", "0", "-h"),
                f"ldap://127.0.0.1:{made.port} ldaps://127.0.0.1:{made.tls_port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(made.tls_port, process)
        made.change(ENTRIES, "ldapadd")
        yield made
    finally:
        process.kill()
        process.wait(10)


def _configure(made: Slapd) -> None:
    (made.folder / "data").mkdir()
    made.authority.write(made.folder / "ca.pem")
    made.authority.server("localhost").write(made.folder, "server")
    written = CONFIGURATION.format(
        folder=made.folder,
        base=BASE,
        admin=ADMIN,
        admin_password=ADMIN_PASSWORD,
        searcher=SEARCHER,
    )
    (made.folder / "slapd.conf").write_text(written)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("slapd did not start")
