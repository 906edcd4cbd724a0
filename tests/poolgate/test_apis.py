"""`poolgate apis`: an OpenAPI file is what an API is, and a second time changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kernel import settings
from poolgate import instance, served_origin
from poolgate.cli import main

PETSTORE = Path(__file__).parents[1] / "gateway" / "petstore"
Apis = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "instance"
    instance.initialise(settings.parse({"instance": str(made)}))
    return made


@pytest.fixture
def apis(folder: Path, capsys: pytest.CaptureFixture[str]) -> Apis:
    """Runs `poolgate apis`: exit status, standard output and error."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        status = main(["apis", *map(str, words), "--instance", str(folder)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture(params=["rest", "http"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The PetStore of either kind, in a file that says which."""
    document = yaml.safe_load((PETSTORE / f"{request.param}.yaml").read_text())
    document["x-poolgate-api"] = {"protocol": request.param.upper()}
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(document))
    return path


def change(path: Path, act: Callable[[Any], None]) -> None:
    document = json.loads(path.read_text())
    act(document)
    path.write_text(json.dumps(document))


def test_a_file_makes_an_api_and_the_second_time_nothing_changes(apis: Apis, file: Path) -> None:
    status, out, err = apis("apply", file, "--stage", "prod")
    assert (status, err) == (0, "")
    assert "+ GET /pets\n" in out
    assert "+ stage prod\n" in out
    made = out.splitlines()[-2]
    assert made.startswith("PetStore (")
    assert made.endswith(") is made.")
    assert out.splitlines()[-1].startswith("prod: http://")
    for action in ("apply", "diff"):
        status, out, err = apis(action, file, "--stage", "prod")
        assert (status, err) == (0, "")
        assert out.startswith("Nothing changes: PetStore (")


def test_a_diff_is_readable_and_changes_nothing(apis: Apis, file: Path) -> None:
    apis("apply", file)

    def edit(document: Any) -> None:
        paths = document["paths"]
        paths["/dogs"] = {"get": paths["/pets/{petId}"]["get"] | {"parameters": []}}
        paths["/dogs"]["get"].pop("operationId", None)
        integration = {"type": "http_proxy", "httpMethod": "GET", "uri": "https://dogs.example/"}
        paths["/dogs"]["get"]["x-amazon-apigateway-integration"] = integration
        del paths["/pets/{petId}"]["delete"]
        paths["/pets"]["get"]["operationId"] = "showPets"

    change(file, edit)
    for _ in range(2):
        status, out, _ = apis("diff", file)
        assert status == 1
        assert "~ GET /pets\n    operationId\n" in out
        assert '      - "listPets"\n      + "showPets"\n' in out
        assert "\n+ GET /dogs\n" in out
        assert "\n- DELETE /pets/{petId}\n" in out
        assert out.endswith(f") would become what {file} says.\n")
    assert apis("apply", file)[1].endswith(") is what the file says now.\n")
    assert apis("diff", file)[0] == 0


def test_a_diff_of_a_new_api_says_what_will_be_there(apis: Apis, file: Path) -> None:
    status, out, _ = apis("diff", file, "--stage", "prod")
    assert status == 1
    lines = out.splitlines()
    assert lines[-2:] == ["+ stage prod", "PetStore would be made."]
    assert '+ info title\n    "PetStore"\n' in out
    backend = "    http_proxy https://backend.example/"
    assert f"\n{backend}" in out
    assert "\n    for keepers\n" in out
    for internal in ("openapi", "x-poolgate-api", "x-amazon-apigateway-i", "/$default"):
        assert internal not in out


def test_the_printed_address_is_that_of_the_server_that_ran_last(
    apis: Apis, file: Path, folder: Path
) -> None:
    assert "\nprod: http://localhost:8080/execute-api/" in apis(
        "apply", file, "--stage", "prod"
    )[1]  # fmt: skip
    served_origin.record(settings.parse({"instance": str(folder), "port": "8160"}))
    out = apis("apply", file, "--stage", "prod")[1]
    assert "\nprod: http://localhost:8160/execute-api/" in out
    url = "https://id.example.com"
    served_origin.record(settings.parse({"instance": str(folder), "public_url": url}))
    out = apis("apply", file, "--stage", "prod")[1]
    assert out.splitlines()[-1].startswith("prod: https://")
    assert ".execute-api.id.example.com/prod" in out
    (folder / "run" / "origin").write_text("\x1b[31m")
    assert "\nprod: http://localhost:8080/" in apis("apply", file, "--stage", "prod")[1]


def test_a_stage_serves_what_was_applied_and_is_left_where_it_does(apis: Apis, file: Path) -> None:
    apis("apply", file)
    assert "+ stage prod" in apis("apply", file, "--stage", "prod")[1]
    change(file, lambda document: document["paths"]["/pets"]["get"].update(operationId="a"))
    assert "stage" not in apis("apply", file)[1]
    again = apis("apply", file, "--stage", "prod")[1]
    is_rest = json.loads(file.read_text())["x-poolgate-api"]["protocol"] == "REST"
    assert ("~ stage prod has a new deployment" in again) is is_rest  # HTTP's deploys itself
    assert apis("apply", file, "--stage", "prod")[1].startswith("Nothing changes")


def test_an_export_is_what_the_api_is(apis: Apis, file: Path, tmp_path: Path) -> None:
    apis("apply", file)
    for name, words in (("a.yaml", ["--title", "PetStore"]), ("b.json", ["--title", "PetStore"])):
        written = tmp_path / name
        assert apis("export", written, *words)[0] == 0
        assert apis("diff", written)[:2] == (0, apis("apply", written)[1])
    assert apis("export", tmp_path / "a.yaml", "--title", "PetStore") == (
        2, "", f"poolgate: {tmp_path / 'a.yaml'}: it exists already; --force replaces it\n"
    )  # fmt: skip
    assert apis("export", tmp_path / "a.yaml", "--force")[0] == 0
    assert yaml.safe_load((tmp_path / "a.yaml").read_text())["info"]["title"] == "PetStore"
    assert (tmp_path / "a.yaml").stat().st_mode & 0o777 == 0o600


def test_rest_apis_are_written_as_swagger_too(apis: Apis, tmp_path: Path) -> None:
    apis("apply", PETSTORE / "rest.yaml")
    written = tmp_path / "swagger.yaml"
    assert apis("export", written, "--title", "PetStore", "--format", "swagger")[0] == 0
    assert yaml.safe_load(written.read_text())["swagger"] == "2.0"
    assert apis("diff", written)[:2] == (0, apis("apply", written)[1])


def test_an_id_finds_an_api_whose_title_changes(apis: Apis, file: Path) -> None:
    made = apis("apply", file)[1].rpartition("(")[2].partition(")")[0]
    change(file, lambda document: document["info"].update(title="Pet shop"))
    assert "\nPet shop would be made.\n" in apis("diff", file)[1]
    assert (
        '~ info title\n      - "PetStore"\n      + "Pet shop"\n'
        in apis("apply", file, "--api", made)[1]
    )
    change(file, lambda document: document["x-poolgate-api"].update(id=made))
    assert apis("diff", file)[0] == 0
    assert "not other" in apis("diff", file, "--api", "other")[2]
    change(file, lambda document: document["x-poolgate-api"].update(id="nothing"))
    status, out, err = apis("apply", file)
    assert (status, out) == (2, "")
    assert "Invalid API identifier" in err


def test_a_title_of_several_apis_is_refused(apis: Apis, file: Path, tmp_path: Path) -> None:
    first = apis("apply", file)[1].rpartition("(")[2].partition(")")[0]
    other = tmp_path / "other.json"
    other.write_text(file.read_text())
    change(other, lambda document: document["info"].update(title="Other"))
    second = apis("apply", other)[1].rpartition("(")[2].partition(")")[0]
    change(other, lambda document: document["info"].update(title="PetStore"))
    apis("apply", other, "--api", second)
    status, _, err = apis("apply", file)
    assert status == 2
    assert first in err
    assert second in err


def test_apis_of_another_account_and_region_are_others(apis: Apis, file: Path) -> None:
    apis("apply", file)
    assert "would be made" in apis("diff", file, "--account", "111111111111")[1]
    assert "would be made" in apis("diff", file, "--region", "eu-west-1")[1]


def test_a_bad_file_changes_nothing_and_says_all_that_is_wrong(apis: Apis, file: Path) -> None:
    apis("apply", file)

    def spoil(document: Any) -> None:
        document["paths"]["/a"] = {"get": {"security": [{"no": []}]}}
        document["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"] = {"type": "no"}

    good = file.read_text()
    change(file, spoil)
    for action in ("apply", "diff"):
        status, out, err = apis(action, file)
        assert (status, out) == (2, "")
        assert "$.paths['/a'].get.security[0].no" in err
        assert "$.paths['/pets'].get['x-amazon-apigateway-integration']" in err
    file.write_text(good)
    assert apis("diff", file)[0] == 0


def test_warnings_are_told_or_refuse_the_file(apis: Apis, file: Path) -> None:
    change(file, lambda document: document.update({"x-amazon-apigateway-unknown": 1}))
    status, _, err = apis("apply", file)
    assert status == 0
    assert err.startswith("warning: $['x-amazon-apigateway-unknown']: ")
    status, _, err = apis("apply", file, "--fail-on-warnings")
    assert status == 2
    assert "Warnings found during import" in err


def test_what_is_no_document_is_refused(apis: Apis, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for content in (
        "",
        "[",
        "- a",
        "info: {title: a}",
        "openapi: 3.1.0\ninfo: {title: a}",
        "x-poolgate-api: 1",
        "x-poolgate-api: {protocol: SOAP}",
        "x-poolgate-api: {stage: prod}",
        "x-poolgate-api: {id: 3}",
    ):
        path.write_text(content)
        status, out, err = apis("apply", path)
        assert (status, out) == (2, "")
        assert err.startswith(f"poolgate: {path}: ")


def test_files_that_there_are_not_are_refused(apis: Apis, tmp_path: Path) -> None:
    assert apis("apply", tmp_path / "none.yaml")[2].endswith("No such file or directory.\n")
    assert apis("apply", tmp_path)[0] == 2
    assert "--api or --title" in apis("export", tmp_path / "none.yaml")[2]
    assert "no API with the title" in apis("export", tmp_path / "a.yaml", "--title", "a")[2]


def test_texts_of_a_file_do_not_steer_the_terminal(apis: Apis, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    document = {"openapi": "3.0.1", "info": {"title": "\x1b[31mred\u202e"}, "paths": {"\x1b[2J": 1}}
    path.write_text(json.dumps(document))
    status, out, err = apis("apply", path)
    assert status == 2
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err


def test_the_console_script_runs_it(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "poolgate", "apis", "diff", str(PETSTORE / "rest.yaml"),
         "--instance", str(folder)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert run.stderr == ""
    assert run.returncode == 1
    assert run.stdout.endswith("PetStore would be made.\n")
