"""`poolgate keys create`, `list`, `enable`, `disable` and `delete`: access keys."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from kernel import sealing
from kernel.database import Database
from kernel.iam.access_keys import AccessKeys, KeySummary
from kernel.iam.errors import IamError, MalformedPolicyDocument
from kernel.iam.policy import FULL_ACCESS
from kernel.settings import SettingError, Settings
from poolgate.commands.frame import Refused, on_database

PAGE = 100


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    return on_database(settings, lambda database: _act(arguments, settings, database))


def _act(arguments: argparse.Namespace, settings: Settings, database: Database) -> int:
    keys = AccessKeys(database, sealing.load(settings))
    try:
        return _carry_out(arguments, settings, keys)
    except IamError as error:
        raise Refused(str(error)) from None


def _carry_out(arguments: argparse.Namespace, settings: Settings, keys: AccessKeys) -> int:
    if arguments.action == "create":
        return _create(arguments, settings, keys)
    if arguments.action == "list":
        return _list(keys)
    change = {"disable": keys.disable, "enable": keys.enable, "delete": keys.delete}
    change[arguments.action](arguments.key_id)
    print(f"{arguments.key_id} is {arguments.action}d; running servers follow within a second.")
    return 0


def _create(arguments: argparse.Namespace, settings: Settings, keys: AccessKeys) -> int:
    policy = _read_policy(arguments.policy) if arguments.policy else FULL_ACCESS
    try:
        key = keys.create(settings.account_id, arguments.user, policies=[policy])
    except MalformedPolicyDocument as error:
        raise SettingError(f"--policy {arguments.policy} is no IAM policy: {error}.") from None
    print(f"aws_access_key_id     {key.id}")
    print(f"aws_secret_access_key {key.secret}")
    may = "what the policy allows" if arguments.policy else "everything; --policy FILE limits it"
    print(f"The secret is shown this once. The key acts as {key.arn} and may do {may}.")
    return 0


def _list(keys: AccessKeys) -> int:
    after = ""
    while page := keys.list(after=after, limit=PAGE):
        for key in page:
            print(_describe(key))
        after = page[-1].id
    return 0


def _describe(key: KeySummary) -> str:
    state = "active" if key.is_active else "disabled"
    return f"{key.id:24} {state:9} {key.created:%Y-%m-%d} {key.arn}"


def _read_policy(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text())
    except OSError as error:
        raise SettingError(f"--policy {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise SettingError(f"--policy {path} is not a JSON document.") from None
