"""A real SAML identity provider, Debian's SimpleSAMLphp, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from idp.user_pools.services import saml_certificates
from kernel.clock import Clock
from tests.conformance.oidc.relying_party import Answer, Browser, Page
from tests.servers.run import free_port

FOLDER = Path("/usr/share/simplesamlphp")
PROGRAM = shutil.which("php")
ENCRYPTS = "vendor/simplesamlphp/saml2/src/SAML2/EncryptedAssertion.php"
FIRST = "first.php"
ADA = {"username": "ada", "password": "secret of the tests"}

CONFIGURATION = """<?php
$config = [
    'baseurlpath' => '{address}/',
    'certdir' => '{folder}/',
    'loggingdir' => '{folder}/',
    'datadir' => '{folder}/',
    'tempdir' => '{folder}/temporary',
    'metadatadir' => '{folder}/metadata/',
    'attributenamemapdir' => '/etc/simplesamlphp/attributemap/',
    'secretsalt' => 'salt-of-the-tests',
    'auth.adminpassword' => 'admin-of-the-tests',
    'timezone' => 'UTC',
    'admin.checkforupdates' => false,
    'logging.handler' => 'errorlog',
    'logging.level' => SimpleSAML\\Logger::WARNING,
    'enable.saml20-idp' => true,
    'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'language.cookie.secure' => false,
    'metadata.sources' => [['type' => 'flatfile']],
    'store.type' => 'phpsession',
    'session.phpsession.savepath' => '{folder}/temporary',
];
"""
SOURCES = """<?php
$config = ['people' => ['exampleauth:UserPass',
    'ada:secret of the tests' => ['uid' => ['ada'], 'mail' => ['ada@example.com']],
]];
"""
HOSTED = """<?php
$metadata['__DYNAMIC:1__'] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => 'people',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'authproc' => [3 => [
        'class' => 'saml:AttributeNameID',
        'attribute' => 'uid',
        'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    ]],
];
"""
REMOTE = """<?php
$metadata['{entity_id}'] = [
    'AssertionConsumerService' => '{answer_address}',
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    {options}
];
"""


@dataclass(frozen=True)
class SimpleSamlPhp:
    """One that runs; it signs in Ada."""

    address: str
    folder: Path

    @property
    def metadata_address(self) -> str:
        return f"{self.address}/saml2/idp/metadata.php"

    def trust(self, entity_id: str, answer_address: str, **options: str) -> None:
        """Know one service provider; the options are PHP."""
        written = REMOTE.format(
            entity_id=entity_id,
            answer_address=answer_address,
            options=" ".join(
                f"'{name.replace('__', '.')}' => {value}," for name, value in options.items()
            ),
        )
        (self.folder / "metadata" / "saml20-sp-remote.php").write_text(written)

    def encrypt_by(self, cipher: str) -> None:
        """Version 1.19 knows AES-GCM, and has AES128_CBC written down where it encrypts to a
        certificate: let that one line say otherwise, before its own file is looked for."""
        source = (FOLDER / ENCRYPTS).read_text().replace("AES128_CBC);", f"{cipher});")
        (self.folder / FIRST).write_text(source)

    def sign_in(self, browser: Browser, page: Page) -> Page | Answer:
        """Through its page, and those that send themselves: its own, and ours."""
        address, fields = page.form
        shown = browser.open(address, {**fields, **ADA})
        while isinstance(shown, Page) and "/idpresponse" in shown.form_address:
            shown = browser.open(*shown.form)
        return shown


@pytest.fixture(scope="module")
def simplesamlphp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleSamlPhp]:
    if PROGRAM is None or not FOLDER.is_dir():
        pytest.skip("no SimpleSAMLphp: `apt-get install simplesamlphp php-cli`")
    folder = tmp_path_factory.mktemp("simplesamlphp")
    made = SimpleSamlPhp(f"http://127.0.0.1:{free_port()}", folder)  # another site than ours
    _configure(made)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                # The files change between tests, sooner than the cache of compiled ones looks.
                *(PROGRAM, "-d", "opcache.enable=0", "-d", f"auto_prepend_file={folder / FIRST}"),
                *("-S", made.address.removeprefix("http://"), "-t", FOLDER / "www"),
            ],
            env={"SIMPLESAMLPHP_CONFIG_DIR": str(folder), "PATH": "/usr/bin:/bin"},
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(made.metadata_address, process)
        yield made
    finally:
        process.kill()
        process.wait(10)


def _configure(made: SimpleSamlPhp) -> None:
    (made.folder / "metadata").mkdir()
    (made.folder / "temporary").mkdir()
    key = saml_certificates.make("idp.example.com", Clock().now())
    certificate = f"-----BEGIN CERTIFICATE-----\n{key.certificate}\n-----END CERTIFICATE-----\n"
    files = {
        "config.php": CONFIGURATION.replace("{folder}", str(made.folder)).replace(
            "{address}", made.address
        ),
        "authsources.php": SOURCES,
        FIRST: "",
        "metadata/saml20-idp-hosted.php": HOSTED,
        "idp.key": key.private_key,
        "idp.crt": certificate,
    }
    for name, text in files.items():
        (made.folder / name).write_text(text)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(address, timeout=10):
                return
        except URLError:
            time.sleep(0.05)
    raise AssertionError("SimpleSAMLphp did not start")
