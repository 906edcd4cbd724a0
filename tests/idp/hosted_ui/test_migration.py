"""The sign-in page brings people of another directory over, as the operations do."""

from __future__ import annotations

from pathlib import Path

import pytest

from idp.models import UserPool
from kernel.functions.sources import FunctionFiles
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import CALLBACK, PASSWORD, World

EMAIL = "ada@example.com"
MIGRATE = """
def handler(event, context):
    assert event["triggerSource"] == "UserMigration_Authentication"
    if event["request"]["password"] != "Correct-horse-7":
        raise Exception("Bad password")
    event["response"]["userAttributes"] = {"email": event["userName"]}
    event["response"]["messageAction"] = "SUPPRESS"
    return event
"""


@pytest.fixture
def migrating(world: World, pool_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    functions = tmp_path / "of-the-test"
    functions.mkdir()
    (functions / "migrate.py").write_text(MIGRATE)
    monkeypatch.setattr(world.kernel.functions, "_sources", (FunctionFiles(functions),))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:migrate"

    def configure(session) -> None:
        pool = session.get_one(UserPool, pool_id)
        pool.settings = {**pool.settings, "LambdaConfig": {"UserMigration": arn}}

    world.kernel.database.write(configure)


@pytest.mark.usefixtures("migrating")
def test_right_password_of_the_old_directory_signs_in(visitor: Visitor) -> None:
    wrong = visitor.submit("/login", username=EMAIL, password="Wrong-horse-9")
    assert "Incorrect username or password." in wrong.text
    done = visitor.submit("/login", username=EMAIL, password=PASSWORD)
    assert done.location.startswith(CALLBACK)
