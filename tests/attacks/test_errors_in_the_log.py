"""What goes wrong inside a unit of work tells the log neither values nor, when it is a refusal,
anything: a flood of wrong names must not become a flood of stack traces."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel.database import Database
from kernel.settings import parse
from tests.servers.application import Application, new_address


def test_refusals_leave_no_stack_trace(application: Application) -> None:
    before = len(application.server.log.read_text())
    for client in (application.client_id, "nosuchclient"):
        parameters = {"USERNAME": new_address(), "PASSWORD": "x"}
        with pytest.raises(ClientError):
            application.cognito.initiate_auth(
                ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
            )
    log = application.server.log.read_text()[before:]
    assert "InitiateAuth" in log
    assert "Traceback" not in log
    assert "greenlet failed" not in log


def test_an_error_of_the_database_names_no_value(tmp_path: Path) -> None:
    settings = parse({"instance": str(tmp_path)})
    database = Database.attach(Flask("attack"), settings)

    def unit(session: Session) -> None:
        session.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": "person@mail.test"})

    with pytest.raises(DBAPIError) as caught:
        database.write(unit)
    assert "person@mail.test" not in str(caught.value)
    database.engine.dispose()
