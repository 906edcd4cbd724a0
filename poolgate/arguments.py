"""The command line's words. Nothing heavy is imported here: `--help` answers at once."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from idp.user_pools.rules import own_trigger_names
from poolgate import __version__

SETTINGS_FLAGS = ("instance", "host", "port", "workers", "public_url", "tls_cert", "tls_key")
MODE_FLAGS = ("dev", "demo")


class Parser(argparse.ArgumentParser):
    """argparse's, with a plainer word where something is missing."""

    def error(self, message: str) -> NoReturn:
        _, found, missing = message.partition("the following arguments are required: ")
        if found:
            verb = "are" if "," in missing else "is"
            message = f"{missing} {verb} missing; see `{self.prog} --help`"
        super().error(message)


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="poolgate",
        description="An identity provider and API gateway that speak Amazon Cognito's and "
        "API Gateway's protocols.",
    )
    parser.add_argument("--version", action="version", version=f"poolgate {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_instance(commands.add_parser("init", help="make an instance folder and its first key"))
    _add_serve(commands.add_parser("serve", help="serve; an empty instance is initialised"))
    _add_instance(commands.add_parser("doctor", help="check an instance and say what to do"))
    _add_keys(
        commands.add_parser("keys", help="manage access keys, the sealing key and signing keys")
    )
    _add_pools(commands.add_parser("pools", help="settings of user pools that AWS does not have"))
    _add_clients(commands.add_parser("clients", help="settings of clients that AWS does not have"))
    _add_apis(commands.add_parser("apis", help="OpenAPI files as the source of truth of APIs"))
    return parser


def settings_flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given as flags, by field name; None where one was not."""
    names = (*SETTINGS_FLAGS, *MODE_FLAGS)
    return {name: getattr(arguments, name, None) for name in names}


def _add_instance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--instance", metavar="DIR", help="the instance folder (./instance)")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    _add_instance(parser)
    parser.add_argument("--host", help="the address to bind (127.0.0.1)")
    parser.add_argument("--port", help="the port to bind (8080)")
    parser.add_argument("--workers", metavar="N", help="worker processes (1)")
    parser.add_argument("--public-url", metavar="URL", help="the origin that clients reach")
    parser.add_argument("--tls-cert", metavar="FILE", help="a certificate chain, PEM")
    parser.add_argument("--tls-key", metavar="FILE", help="its private key, PEM")
    parser.add_argument(
        "--dev", action="store_true", default=None, help="accept any access key; loopback only"
    )
    parser.add_argument(
        "--demo", action="store_true", default=None, help="make a demo pool, client and API"
    )


def _add_pools(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_instance(actions.add_parser("list", help="show the user pools and their own settings"))
    _add_password_storage(actions)
    _add_trigger(actions)
    _add_transfer(actions)
    registering = _of_pool(
        actions, "registration-token", "make a token that lets applications register (RFC 7591)"
    )
    registering.add_argument(
        "--hours", metavar="N", type=int, default=24, help="how long it is good for (24)"
    )
    _add_scim(actions)
    _add_oauth(actions, "POOL_ID")
    _add_directories(actions)
    _add_saml(actions)


def _of_pool(actions: Any, name: str, words: str, **more: Any) -> argparse.ArgumentParser:
    """An action on one pool."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words, **more)
    _add_instance(parser)
    parser.add_argument("pool_id", metavar="POOL_ID")
    return parser


def _add_password_storage(actions: Any) -> None:
    storage = _of_pool(
        actions,
        "password-storage",
        "keep sealed SRP verifiers, or argon2id hashes (empty pools only)",
    )
    storage.add_argument("storage", metavar="srp|argon2id", choices=("srp", "argon2id"))
    _of_pool(
        actions,
        "forget-hashes",
        "end the extra work of sign-ins once no imported password hash is left",
    )


def _add_trigger(actions: Any) -> None:
    trigger = _of_pool(actions, "trigger", "functions for moments that AWS has none for")
    trigger.add_argument(
        "trigger",
        metavar="TRIGGER",
        choices=own_trigger_names.ALL,
        help=" or ".join(own_trigger_names.ALL).replace(" or ", ", ", 1),
    )
    trigger.add_argument("function", metavar="FUNCTION", help="its name or ARN; none removes it")


def _add_transfer(actions: Any) -> None:
    # Nobody shall type a passphrase because `--passphrase` stood for `--passphrase-file`.
    exporting = _of_pool(
        actions, "export", "write a whole user pool into a sealed file", allow_abbrev=False
    )
    importing = actions.add_parser(
        "import", help="read a user pool from such a file", allow_abbrev=False
    )
    _add_instance(importing)
    for each in (exporting, importing):
        each.add_argument("file", metavar="FILE")
        each.add_argument(
            "--passphrase-file", metavar="FILE", help="holds the passphrase (asked for)"
        )
    exporting.add_argument(
        "--without-signing-keys", action="store_true", help="tokens end with the move"
    )
    importing.add_argument(
        "--account", metavar="ID", help="the AWS account that shall own the pool (as before)"
    )


def _add_directories(actions: Any) -> None:
    _add_instance(
        actions.add_parser("directories", help="show which pools have a directory (LDAP)")
    )
    directory = _of_pool(
        actions, "directory", "show, set or remove the directory that a pool's people come from"
    )
    testing = _of_pool(
        actions, "directory-test", "ask each server of a pool's directory about somebody"
    )
    how = directory.add_mutually_exclusive_group()
    how.add_argument("file", metavar="FILE", nargs="?", help="a JSON document; - reads it")
    how.add_argument(
        "--remove", action="store_true", help="forget it, and sign out whom it vouched for"
    )
    testing.add_argument("username", metavar="USERNAME")
    testing.add_argument(
        "--password-file", metavar="FILE", help="check this password of theirs too; - reads it"
    )


def _add_saml(actions: Any) -> None:
    listing = _of_pool(
        actions, "saml-applications", "the applications that sign a pool's people in by SAML"
    )
    what = listing.add_mutually_exclusive_group()
    what.add_argument("--add", metavar="METADATA", help="register or replace one; - reads it")
    what.add_argument("--show", metavar="ENTITY_ID", help="show its settings")
    what.add_argument("--remove", metavar="ENTITY_ID", help="take it away, with its sessions")
    listing.add_argument("--client", metavar="CLIENT_ID", help="whose sign-in pages it has")
    listing.add_argument("--settings", metavar="FILE", help="its settings, a JSON document")
    rotating = _of_pool(
        actions, "saml-keys", "the certificates of a pool as a SAML identity provider"
    )
    how = rotating.add_mutually_exclusive_group()
    how.add_argument("--rotate", action="store_true", help="let the next one sign")
    how.add_argument("--now", action="store_true", help="though applications may not have it yet")
    how.add_argument("--withdraw", metavar="ID", help="one whose key has leaked, at once")


def _add_scim(actions: Any) -> None:
    making = _of_pool(
        actions, "scim-token", "make a token that lets a company's directory provision users"
    )
    _of_pool(actions, "scim-tokens", "show a pool's SCIM tokens, without secrets")
    revoking = _of_pool(actions, "revoke-scim-token", "end a SCIM token")
    making.add_argument("--name", default="directory", help="what it is for (directory)")
    making.add_argument(
        "--days", metavar="N", type=int, default=365, help="how long it is good for (365)"
    )
    revoking.add_argument("token_id", metavar="TOKEN_ID")


def _add_clients(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    pkce = actions.add_parser("pkce", help="whether a public client must send a code challenge")
    _add_instance(pkce)
    pkce.add_argument("client_id", metavar="CLIENT_ID")
    pkce.add_argument("pkce", metavar="required|optional", choices=("required", "optional"))
    links = actions.add_parser(
        "magic-links", help="whether the hosted pages offer to sign in by a link in an e-mail"
    )
    _add_instance(links)
    links.add_argument("client_id", metavar="CLIENT_ID")
    links.add_argument("links", metavar="on|off", choices=("on", "off"))
    _add_oauth(actions, "CLIENT_ID")


def _add_oauth(actions: Any, subject: str) -> None:
    oauth = actions.add_parser("oauth", help="show the OpenID settings document, or replace it")
    _add_instance(oauth)
    oauth.add_argument("subject", metavar=subject)
    oauth.add_argument("file", metavar="FILE", nargs="?", help="a JSON document; - reads it")


def _add_keys(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make an access key; its secret is shown once")
    create.add_argument(
        "--policy", metavar="FILE", help="an IAM policy: what it may do (everything)"
    )
    create.add_argument(
        "--user", metavar="NAME", default="operator", help="the IAM user it acts as (operator)"
    )
    listing = actions.add_parser("list", help="show the access keys, without secrets")
    enable = actions.add_parser("enable", help="accept a disabled access key again")
    disable = actions.add_parser("disable", help="refuse an access key from now on")
    delete = actions.add_parser("delete", help="remove an access key")
    rotate = actions.add_parser("rotate-sealing", help="seal everything under a new sealing key")
    sender = actions.add_parser(
        "sender", help="the key that functions which send codes need, for a pool's KMSKeyID"
    )
    sender.add_argument("kms_key_id", metavar="KMS_KEY_ARN")
    sender.add_argument(
        "--function", metavar="NAME", help="put it into that function's environment; show nothing"
    )
    signing = actions.add_parser(
        "rotate-signing", help="let the next key sign a pool's tokens; running servers follow"
    )
    signing.add_argument("--pool", metavar="POOL_ID", required=True)
    how = signing.add_mutually_exclusive_group()
    how.add_argument(
        "--now", action="store_true", help="though verifiers may not have fetched the next key yet"
    )
    how.add_argument(
        "--leaked",
        metavar="KID|all",
        nargs="?",
        const="signing",
        help="withdraw a key at once, with all tokens that it signed (the one that signs now)",
    )
    for each in (create, listing, enable, disable, delete, rotate, signing, sender):
        _add_instance(each)
    for each in (enable, disable, delete):
        each.add_argument("key_id", metavar="ACCESS_KEY_ID")


def _add_apis(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    applying = actions.add_parser("apply", help="make an API, or change it to what a file says")
    comparing = actions.add_parser("diff", help="show what apply would change; 1 for anything")
    exporting = actions.add_parser("export", help="write an API as it is into a file")
    for each in (applying, comparing, exporting):
        _add_instance(each)
        each.add_argument("file", metavar="FILE", help="OpenAPI, YAML or JSON")
        each.add_argument("--api", metavar="ID", help="the API (the one with the file's title)")
        each.add_argument("--protocol", choices=("rest", "http"), help="which kind (rest)")
        each.add_argument("--account", metavar="ID", help="the AWS account that owns it")
        each.add_argument("--region", metavar="REGION", help="the AWS region that it is in")
    for each in (applying, comparing):
        each.add_argument(
            "--stage",
            metavar="NAME",
            action="append",
            default=[],
            help="a stage that shall serve it",
        )
        each.add_argument(
            "--basepath", choices=("ignore", "prepend", "split"), default="ignore",
            help="what becomes of the file's base path (ignore)",
        )  # fmt: skip
        each.add_argument(
            "--fail-on-warnings", action="store_true", help="take no file that has parts left out"
        )
    exporting.add_argument("--title", metavar="TITLE", help="the API with this title")
    exporting.add_argument(
        "--format", choices=("oas30", "swagger"), default="oas30", help="of REST APIs (oas30)"
    )
    exporting.add_argument("--force", action="store_true", help="replace the file")
