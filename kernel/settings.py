"""Typed settings: defaults, then INSTANCE/poolgate.toml, then POOLGATE_* environment, then flags.

Each field's description is its reference documentation; docs/settings.md is generated from it.
A wrong value raises `SettingError`, whose message is one sentence that names the setting.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kernel import setting_values as values
from kernel.setting_values import Network as Network

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
CONFIGURATION_FILE = "poolgate.toml"


def is_loopback_name(host: str) -> bool:
    """Whether a URL's host is loopback, or below .localhost (RFC 6761 §6.3)."""
    return host in LOOPBACK_HOSTS or host.endswith(".localhost")


class SettingError(ValueError):
    """A setting has a value that Poolgate cannot run with."""


def _setting(
    description: str,
    default: Any = MISSING,
    *,
    parse: Callable[[Any], Any],
    holds_secret: bool = False,
) -> Any:
    metadata = {"description": description, "parse": parse}
    return field(default=default, metadata=metadata, repr=not holds_secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator may set. Durations are seconds; sizes are bytes."""

    instance: Path = _setting(
        "The folder that holds the configuration, the SQLite database, the sealing key, "
        "functions and the outbox.",
        Path("instance").absolute(),
        parse=values.path,
    )
    host: str = _setting("The address that `serve` binds.", "127.0.0.1", parse=values.text)
    port: int = _setting("The port that `serve` binds.", 8080, parse=values.whole_number(1, 65535))
    workers: int = _setting("Pre-forked worker processes.", 1, parse=values.whole_number(1, 256))
    public_url: str | None = _setting(
        "The origin at which people and clients reach Poolgate; issuers and redirects are made "
        "from it. Default: http://localhost:PORT.",
        None,
        parse=values.origin,
    )
    metrics_port: int = _setting(
        "The loopback port that answers /metrics; 0 turns it off.",
        0,
        parse=values.whole_number(0, 65535),
    )
    database_url: str | None = _setting(
        "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. Default: INSTANCE/poolgate.db.",
        None,
        parse=values.database_url,
        holds_secret=True,
    )
    valkey_url: str | None = _setting(
        "A Valkey or Redis server that workers and nodes share. Default: none for one worker, a "
        "private one for several.",
        None,
        parse=values.url("redis", "rediss", "unix", "valkey"),
        holds_secret=True,
    )
    account_id: str = _setting(
        "The AWS account that owns unsigned and first resources.",
        "000000000000",
        parse=values.matching(r"\d{12}", "an account id of 12 digits"),
    )
    region: str = _setting(
        "The AWS region of unsigned and first resources.",
        "us-east-1",
        parse=values.matching(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region such as us-east-1"),
    )
    issuer_form: str = _setting(
        "`public` issues tokens as PUBLIC_URL/POOL; `aws` as "
        "https://cognito-idp.REGION.amazonaws.com/POOL.",
        "public",
        parse=values.one_of("public", "aws"),
    )
    path_addresses: bool | None = _setting(
        "Serve APIs and hosted pages under paths of the main host as well as under their own "
        "hosts. Default: only where public_url is loopback.",
        None,
        parse=values.flag,
    )
    root_access_key_id: str | None = _setting(
        "The id of the first access key, instead of a random one.",
        None,
        parse=values.matching(r"\w{16,128}", "16 to 128 letters, digits or underscores"),
    )
    root_secret_access_key: str | None = _setting(
        "The secret of the first access key, instead of a random one.",
        None,
        parse=values.matching(r"\S{16,256}", "16 to 256 characters without spaces"),
        holds_secret=True,
    )
    sealing_key_file: Path | None = _setting(
        "The file that holds the sealing keys. Default: INSTANCE-sealing.key beside the instance "
        "folder.",
        None,
        parse=values.path,
    )
    sealing_key_command: str | None = _setting(
        "A command whose output is the content of the sealing key file, for secret managers.",
        None,
        parse=values.text,
        holds_secret=True,
    )
    smtp_url: str | None = _setting(
        "smtp://USER:PASSWORD@HOST:PORT (STARTTLS where offered) or smtps://. Default: messages go "
        "to INSTANCE/outbox.jsonl.",
        None,
        parse=values.url("smtp", "smtps"),
        holds_secret=True,
    )
    mail_from: str = _setting(
        "The sender of e-mail.",
        "no-reply@poolgate.localhost",
        parse=values.matching(
            r"[^@\s<>]+@[^@\s<>]+|[^\x00-\x1f\x7f<>]+<[^@\s<>]+@[^@\s<>]+>", "an e-mail address"
        ),
    )
    sms_sender: str | None = _setting(
        "The name of the SMS sender. Default: the outbox.", None, parse=values.text
    )
    sms_webhook_url: str | None = _setting(
        "Where the `webhook` SMS sender posts its messages.",
        None,
        parse=values.url("http", "https"),
        holds_secret=True,
    )
    password_range_url: str | None = _setting(
        "A server of the haveibeenpwned range protocol (such as "
        "https://api.pwnedpasswords.com/range) that compromised passwords are looked up at, by the "
        "first five digits of their SHA-1. Default: only the list that comes with Poolgate.",
        None,
        parse=values.url("http", "https"),
        holds_secret=True,
    )
    address_database: Path | None = _setting(
        "A MaxMind database (mmdb) of cities that tells threat protection where addresses are. "
        "Default: places are not known.",
        None,
        parse=values.path,
    )
    lambda_endpoint: str | None = _setting(
        "A server of the Lambda Invoke API that runs the functions not found locally.",
        None,
        parse=values.url("http", "https"),
        holds_secret=True,
    )
    firehose_url: str | None = _setting(
        "Where log entries for Firehose streams are posted, as Amazon Data Firehose calls HTTP "
        "endpoints. Default: neither pools nor APIs can log to a stream.",
        None,
        parse=values.url("http", "https"),
        holds_secret=True,
    )
    firehose_access_key: str | None = _setting(
        "What firehose_url is sent as X-Amz-Firehose-Access-Key.",
        None,
        parse=values.text,
        holds_secret=True,
    )
    s3_url: str | None = _setting(
        "An S3-compatible server that takes log entries for buckets, addressed path-style. "
        "Default: no pool can export to a bucket.",
        None,
        parse=values.url("http", "https"),
    )
    s3_access_key_id: str | None = _setting(
        "The access key id for s3_url.", None, parse=values.text
    )
    s3_secret_access_key: str | None = _setting(
        "The secret access key for s3_url.", None, parse=values.text, holds_secret=True
    )
    aws_endpoints: tuple[tuple[str, str], ...] = _setting(
        "The AWS-compatible servers that service integrations of APIs may call, such as "
        "sqs=http://127.0.0.1:9324 or states=https://states.{region}.amazonaws.com. Default: no "
        "API can call a service.",
        (),
        parse=values.service_origins,
    )
    aws_access_key_id: str | None = _setting(
        "The access key id that signs calls to aws_endpoints.", None, parse=values.text
    )
    aws_secret_access_key: str | None = _setting(
        "The secret access key that signs calls to aws_endpoints. Only APIs of account_id use it.",
        None,
        parse=values.text,
        holds_secret=True,
    )
    upstream_allow: tuple[Network, ...] = _setting(
        "Loopback and private networks that outbound requests, such as those to the backends of "
        "APIs, may reach. Default: none; with demo or dev, loopback.",
        (),
        parse=values.networks,
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        "Proxies whose X-Forwarded-* headers decide client address, scheme and host.",
        (),
        parse=values.networks,
    )
    tls_cert: Path | None = _setting(
        "The certificate chain, PEM, of every name that has none of its own "
        "(docs/custom-domains.md).",
        None,
        parse=values.path,
    )
    tls_key: Path | None = _setting("The certificate's private key, PEM.", None, parse=values.path)
    http_port: int = _setting(
        "A further port beside the one of TLS, without TLS: requests are sent on to https (308), "
        "and ACME's challenges are answered. 0 turns it off.",
        0,
        parse=values.whole_number(0, 65535),
    )
    mtls_port: int = _setting(
        "A further port, with mutual TLS: the OAuth endpoints of clients that have a certificate "
        "(RFC 8705). 0 turns it off.",
        0,
        parse=values.whole_number(0, 65535),
    )
    mtls_client_ca: Path | None = _setting(
        "The certificates, PEM, of the authorities that clients' certificates on mtls_port must "
        "come from.",
        None,
        parse=values.path,
    )
    acme_directory_url: str | None = _setting(
        "The directory of an ACME server (such as "
        "https://acme-v02.api.letsencrypt.org/directory) that issues certificates for custom "
        "domains, and for the host of public_url, that have no other one. Setting it agrees to the "
        "server's terms of service. Default: no server is asked.",
        None,
        parse=values.url("https"),
    )
    acme_email: str | None = _setting(
        "The address that the ACME server may write to. Default: none.",
        None,
        parse=values.matching(r"[^@\s<>,?&]+@[^@\s<>,?&]+", "an e-mail address"),
    )
    acme_ca_file: Path | None = _setting(
        "The authorities, PEM, that acme_directory_url is verified by. Default: the system's.",
        None,
        parse=values.path,
    )
    acme_eab_key_id: str | None = _setting(
        "The id of the external account that acme_directory_url binds Poolgate's to (RFC 8555 "
        "§7.3.4), where its operator asks for one. Default: none.",
        None,
        parse=values.matching(r"[!-~]{1,256}", "the id of a key, without blanks"),
    )
    acme_eab_hmac_key: str | None = _setting(
        "The key of that account, base64url, as its operator gives it.",
        None,
        parse=values.matching(r"[A-Za-z0-9_-]{22,512}={0,2}", "a key in base64url"),
        holds_secret=True,
    )
    log_format: str = _setting(
        "`json`, `console` for people, or `auto`: console on a terminal, json elsewhere.",
        "auto",
        parse=values.one_of("auto", "json", "console"),
    )
    log_level: str = _setting(
        "The least severe entry that is logged.",
        "info",
        parse=values.one_of("debug", "info", "warning", "error"),
    )
    rate_limits: str = _setting(
        "`off`, or `aws`: each category of user pool operations is held to the requests a second "
        "that Amazon Cognito documents. UpdateProvisionedLimit sets a limit in either case.",
        "off",
        parse=values.one_of("off", "aws"),
    )
    quotas: tuple[tuple[str, int], ...] = _setting(
        "Quotas other than Amazon Cognito's, such as clients_per_user_pool=5000. Their names are "
        "in docs/limits.md.",
        (),
        parse=values.numbers,
    )
    gateway_quotas: tuple[tuple[str, int], ...] = _setting(
        "Quotas above Amazon API Gateway's, such as routes_per_api=1000. Their names are in "
        "docs/gateway-quotas.md.",
        (),
        parse=values.numbers,
    )
    integration_timeout: int = _setting(
        "The longest time-out, in milliseconds, that an integration may have. Amazon API Gateway's "
        "is 29000, and 30000 for HTTP APIs, and so is the one of those that set none. One whose "
        "responseTransferMode is STREAM may have 900000 in any case.",
        29_000,
        parse=values.whole_number(29_000, 900_000),
    )
    stream_idle_timeout: int = _setting(
        "How long, in milliseconds, a backend may send nothing before its reply is cut off, "
        "whatever the integration's time-out.",
        300_000,
        parse=values.whole_number(1_000, 900_000),
    )
    import_megabytes: int = _setting(
        "The largest CSV file that a user import job takes, in MiB.",
        1024,
        parse=values.whole_number(1, 1_000_000),
    )
    dev: bool = _setting(
        "Local development: any access key is accepted and the store can be reset. Loopback only.",
        False,
        parse=values.flag,
    )
    demo: bool = _setting(
        "Make a demo pool, client and API at first start.", False, parse=values.flag
    )

    def __post_init__(self) -> None:
        if bool(self.tls_cert) != bool(self.tls_key):
            raise SettingError("tls_cert and tls_key must be set together.")
        if bool(self.root_access_key_id) != bool(self.root_secret_access_key):
            raise SettingError(
                "root_access_key_id and root_secret_access_key must be set together."
            )
        if self.sealing_key_file and self.sealing_key_command:
            raise SettingError("sealing_key_file and sealing_key_command exclude each other.")
        if not self.is_public_url_loopback and not self.origin.startswith("https://"):
            raise SettingError("public_url must be https unless its host is loopback.")
        if self.dev and self.host not in LOOPBACK_HOSTS:
            raise SettingError(f"dev is refused on host {self.host}, which is not loopback.")
        if self.demo and self.host not in LOOPBACK_HOSTS:
            raise SettingError(f"demo is refused on host {self.host}, which is not loopback.")
        if self.sms_sender == "webhook" and not self.sms_webhook_url:
            raise SettingError("sms_webhook_url must be set for sms_sender webhook.")
        self._check_tls()
        self._check_log_sinks()
        self._check_aws_services()
        if self.sms_webhook_url and not self.sms_sender:
            raise SettingError("sms_sender must be set for sms_webhook_url, to webhook.")

    def _check_tls(self) -> None:
        if self.http_port and not self.serves_tls:
            raise SettingError("http_port needs tls_cert or acme_directory_url.")
        if self.http_port and self.http_port in (self.port, self.metrics_port):
            raise SettingError("http_port must differ from port and metrics_port.")
        if bool(self.mtls_port) != bool(self.mtls_client_ca):
            raise SettingError("mtls_port and mtls_client_ca must be set together.")
        if self.mtls_port and not self.serves_tls:
            raise SettingError("mtls_port needs tls_cert or acme_directory_url.")
        if self.mtls_port and self.mtls_port in (self.port, self.metrics_port, self.http_port):
            raise SettingError("mtls_port must differ from the other ports.")
        if self.acme_directory_url and not self.http_port:
            raise SettingError(
                "http_port must be set for acme_directory_url, whose challenges come without TLS."
            )
        if (self.acme_email or self.acme_ca_file) and not self.acme_directory_url:
            raise SettingError("acme_directory_url must be set for acme_email and acme_ca_file.")
        if bool(self.acme_eab_key_id) != bool(self.acme_eab_hmac_key):
            raise SettingError("acme_eab_key_id and acme_eab_hmac_key must be set together.")
        if self.acme_eab_key_id and not self.acme_directory_url:
            raise SettingError("acme_directory_url must be set for acme_eab_key_id.")

    def _check_log_sinks(self) -> None:
        if self.firehose_access_key and not self.firehose_url:
            raise SettingError("firehose_url must be set for firehose_access_key.")
        if (
            len({bool(self.s3_url), bool(self.s3_access_key_id), bool(self.s3_secret_access_key)})
            > 1
        ):
            raise SettingError(
                "s3_url, s3_access_key_id and s3_secret_access_key must be set together."
            )

    def _check_aws_services(self) -> None:
        given = (self.aws_endpoints, self.aws_access_key_id, self.aws_secret_access_key)
        if len({bool(each) for each in given}) > 1:
            raise SettingError(
                "aws_endpoints, aws_access_key_id and aws_secret_access_key must be set together."
            )

    @cached_property
    def origin(self) -> str:
        """The public origin, without a slash at the end."""
        if self.public_url:
            return self.public_url
        scheme = "https" if self.serves_tls else "http"
        return f"{scheme}://localhost:{self.port}"

    @property
    def serves_tls(self) -> bool:
        """Whether `port` speaks TLS, if only with a certificate of our own making."""
        return self.tls_cert is not None or self.acme_directory_url is not None

    @cached_property
    def public_host(self) -> str:
        """Host and port of the public origin, as browsers send them."""
        return urlsplit(self.origin).netloc

    @cached_property
    def is_public_url_loopback(self) -> bool:
        return is_loopback_name(urlsplit(self.origin).hostname or "")

    @cached_property
    def serves_path_addresses(self) -> bool:
        if self.path_addresses is None:
            return self.is_public_url_loopback
        return self.path_addresses

    @property
    def database(self) -> str:
        """The SQLAlchemy URL; PostgreSQL goes through psycopg 3."""
        if not self.database_url:
            return f"sqlite:///{self.instance / 'poolgate.db'}"
        return re.sub(r"^postgresql://", "postgresql+psycopg://", self.database_url)

    @property
    def sealing_key_path(self) -> Path:
        """Outside the instance folder, so that a copy of the folder alone opens nothing."""
        return self.sealing_key_file or self.instance.with_name(self.instance.name + "-sealing.key")


def load(
    flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read settings from their sources, the later ones winning.

    `flags` maps field names to values of the command line; `None` means not given.
    Raises `SettingError` for an unknown name or a value out of range.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    surrounding = _from_environment(os.environ if environment is None else environment)
    instance = given.get("instance", surrounding.get("instance", "instance"))
    folder = parse({"instance": instance}).instance
    return parse({**_from_file(folder / CONFIGURATION_FILE), **surrounding, **given})


def parse(raw: Mapping[str, Any]) -> Settings:
    """Settings from raw values by field name. Raises `SettingError`."""
    known = {f.name: f for f in fields(Settings)}
    parsed = {}
    for name, value in raw.items():
        if name not in known:
            raise SettingError(f"{name} is not a setting of Poolgate.")
        try:
            parsed[name] = known[name].metadata["parse"](value)
        except ValueError as error:
            raise SettingError(f"{name} {error}.") from None
    return Settings(**parsed)


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    prefix = "POOLGATE_"
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in environment.items()
        if name.startswith(prefix) and value != ""
    }


def _from_file(path: Path) -> dict[str, Any]:
    """What the file sets. An empty text is no value, as in the environment."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except tomllib.TOMLDecodeError as error:
        hint = '; text needs quotes, as in region = "us-east-1"' if "value" in str(error) else ""
        raise SettingError(f"{path} cannot be read: {error}{hint}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} cannot be read: {error}.") from None
    if "instance" in found:
        raise SettingError(f"instance cannot be set in {path}, which lies in it.")
    return {name: value for name, value in found.items() if value != ""}
