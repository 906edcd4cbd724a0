"""Files that are applied, on each database, also at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.control.api_files.applying import NOT_SHOWN, Outcome, Wish, apply_file
from gateway.control.compiling.compiler import Compiler
from gateway.control.errors import Conflicting
from gateway.control.versions import version
from kernel.aws.operations import Call
from kernel.database import Database
from kernel.runtime import Kernel
from tests.gateway.control.caller import Caller

PETSTORE = Path(__file__).parents[1] / "petstore"
AT_ONCE = 4


@pytest.fixture(params=["REST", "HTTP"])
def wish(request: pytest.FixtureRequest) -> Wish:
    body = (PETSTORE / f"{request.param.lower()}.yaml").read_bytes()
    return Wish(body, protocol=request.param, stages=("prod",))


@pytest.fixture
def both(kernel: Kernel, database: Database) -> Caller:
    """A caller on SQLite, and again on PostgreSQL."""
    return Caller(replace(kernel, database=database))


def _apply(caller: Caller, wish: Wish, **options: Any) -> Outcome:
    call = Call(caller.kernel, "apigateway", "apply", caller.account, caller.region, "request")
    return apply_file(call, wish, **options)


@contextmanager
def _unchanged(caller: Caller) -> Iterator[None]:
    """Nothing is counted, so that no worker compiles anything again."""
    before = caller.kernel.database.read(version)
    yield
    assert caller.kernel.database.read(version) == before


def test_a_file_is_served_once_it_is_applied_and_no_more_is_done(both: Caller, wish: Wish) -> None:
    with _unchanged(both):
        looked = _apply(both, wish, only_compares=True)
    made = _apply(both, wish)
    assert (looked.is_new, looked.changes) == (True, made.changes)
    stages = both.kernel.database.read(Compiler().load).apis[made.api_id].stages
    assert len(stages["prod"].routes) > 4
    with _unchanged(both):
        assert _apply(both, wish) == replace(made, is_new=False, changes=())


def test_a_file_that_is_applied_at_once_makes_one_api(both: Caller, wish: Wish) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda _: _apply(both, wish), range(AT_ONCE)))
    assert len({outcome.api_id for outcome in outcomes}) == 1
    assert sorted(bool(outcome.changes) for outcome in outcomes) == [False, False, False, True]


def test_what_documents_do_not_show_is_told_all_the_same(caller: Caller) -> None:
    wish = Wish((PETSTORE / "rest.yaml").read_bytes())
    api = _apply(caller, wish).api_id
    schema = '{"type": "object"}'
    model = {"name": "Old", "contentType": "text/xml", "schema": schema}
    caller.rest("CreateModel", restApiId=api, **model)
    assert _apply(caller, wish).changes == (NOT_SHOWN,)
    assert _apply(caller, wish).changes == ()


def test_a_title_that_several_have_changes_none(caller: Caller, wish: Wish) -> None:
    made = _apply(caller, wish)
    if wish.protocol == "REST":
        other = caller.rest("CreateRestApi", name=made.title)["id"]
    else:
        other = caller.create_api(Name=made.title)
    with _unchanged(caller), pytest.raises(Conflicting, match=other):
        _apply(caller, wish)
    assert _apply(caller, replace(wish, api_id=made.api_id)).changes == ()
