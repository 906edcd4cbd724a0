"""Every command that README and docs print is one of the programs that are installed.

The blocks run in bash, where `aws` and `poolgate` only note what they were called with; each call
is then parsed by the real program's own parser. Python blocks that call boto3 are run with a client
that checks its parameters and sends nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import boto3
import pytest
from botocore.model import OperationModel
from botocore.utils import ArgumentGenerator

from poolgate import arguments

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("**/*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:aws|poolgate) [^`\n]+)`")
A_NAME = "us-east-1_AbCdEfGhI"
"""What unset variables hold, and what every `aws` command answers."""

NOTE = """#!{python}
import json, os, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
print("{answer}")
"""

Call = tuple[Path, list[str]]


def blocks(page: Path, *languages: str) -> list[str]:
    return [text for language, text in FENCE.findall(page.read_text()) if language in languages]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """What each page's blocks call `aws` and `poolgate` with."""
    folder = tmp_path_factory.mktemp("commands")
    programs = folder / "bin"
    programs.mkdir()
    for name in ("aws", "poolgate"):
        (programs / name).write_text(NOTE.format(python=sys.executable, answer=A_NAME))
        (programs / name).chmod(0o755)
    found = [(page, words) for page in PAGES for words in _called_by(page, folder)]
    spans = [(page, span) for page in PAGES for span in INLINE.findall(page.read_text())]
    # `poolgate init | serve` and `aws ...` are no commands.
    inline = [(page, shlex.split(span)) for page, span in spans if not re.search(r"[|…]", span)]
    return found + inline


def _called_by(page: Path, folder: Path) -> list[list[str]]:
    log = folder / "calls.jsonl"
    log.write_text("")
    bash = shutil.which("bash")
    assert bash
    for number, block in enumerate(blocks(page, "sh")):
        place = folder / f"{page.stem}-{number}"
        place.mkdir()
        variables = dict.fromkeys(re.findall(r"\$\{?([A-Z_]+)", block), A_NAME)
        # Nothing but our own programs and bash's own words: a block may say `curl` or `make`.
        around = {**variables, "PATH": str(folder / "bin"), "CALLS": str(log), "HOME": str(place)}
        words = [bash, "-c", re.sub(r"\.venv/bin/", "", block)]
        subprocess.run(words, env=around, cwd=place, capture_output=True, timeout=20)
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_stand_in_blocks_that_are_tried(page: Path) -> None:
    rest = re.sub(r"^```(sh|python|toml|json)\n.*?^```$", "", page.read_text(), flags=re.S | re.M)
    assert re.findall(r"^(?: {4}|\$ )?(?:aws|poolgate) .*$", rest, re.MULTILINE) == []


def test_there_are_commands_to_be_parsed(calls: list[Call]) -> None:
    pages = {page.name for page, words in calls if words[0] == "aws"}
    assert {"README.md", "mfa.md", "user-imports.md", "limits.md"} <= pages
    assert sum(words[0] == "poolgate" for _, words in calls) > 10


def test_the_aws_cli_takes_every_command(calls: list[Call], tmp_path: Path) -> None:
    ours = [(page, words[1:]) for page, words in calls if words[0] == "aws"]
    # A span such as `aws cognito-idp` names the program alone, and `configure` writes a file.
    full = [(page, words) for page, words in ours if len(words) > 1 and words[0] != "configure"]
    config = tmp_path / "config"
    config.write_text("[default]\ncli_follow_urlparam = false\n")
    (tmp_path / "pets.yaml").write_text("what openapi.md imports")
    around = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": str(config)}
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("cli_parser.py")],
        input=json.dumps([words for _, words in full]),
        env=around,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=55,
    )
    assert done.returncode == 0, done.stderr
    complaints = json.loads(done.stdout)
    wrong = [
        f"{page.name}: aws {shlex.join(words)}: {complaint}"
        for (page, words), complaint in zip(full, complaints, strict=True)
        if complaint
    ]
    assert wrong == []


class Refused(Exception):
    """The parser's complaint."""


def test_poolgate_takes_every_command(calls: list[Call], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_parser: argparse.ArgumentParser, message: str) -> NoReturn:
        raise Refused(message)

    monkeypatch.setattr(argparse.ArgumentParser, "error", refuse)
    wrong = []
    for page, words in calls:
        try:
            if words[0] == "poolgate" and words[1:] != ["--version"]:
                arguments.make_parser().parse_args(words[1:])
        except Refused as refused:
            # Prose may name a command without its arguments.
            if "missing" not in str(refused):
                wrong.append(f"{page.name}: {shlex.join(words)}: {refused}")
    assert wrong == []


PYTHON = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in PAGES
    for number, text in enumerate(blocks(page, "python"))
    if "boto3" in text
]


@pytest.mark.parametrize("program", PYTHON)
def test_boto3_takes_every_call(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.session.Session(
        region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )

    def client(service: str, **options: Any) -> Any:
        made = session.client(service, **options)
        made.meta.events.register("before-call", answer)
        return made

    monkeypatch.setattr(boto3, "client", client)
    exec(compile(program, "<documentation>", "exec"), {})  # noqa: S102 - our own pages


def answer(model: OperationModel, **_others: Any) -> tuple[Any, Any]:
    """In place of the network: an answer with every member."""
    shape = model.output_shape
    parsed = ArgumentGenerator(use_member_names=True).generate_skeleton(shape) if shape else {}
    return argparse.Namespace(status_code=200), parsed
