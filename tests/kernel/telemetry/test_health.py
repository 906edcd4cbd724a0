from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from kernel.database import Database
from kernel.telemetry import health


def client(url: str, *, current: bool = True) -> FlaskClient:
    application = Flask(__name__)
    database = Database(create_engine(url))
    application.register_blueprint(health.create_blueprint(database, lambda _: current))
    return application.test_client()


def test_a_process_that_can_serve_is_healthy_and_ready() -> None:
    asked = client("sqlite://")
    assert asked.get("/health").status_code == 200
    assert asked.get("/ready").get_json() == {"status": "ready"}


def test_without_a_database_it_is_healthy_but_not_ready(tmp_path: Path) -> None:
    asked = client(f"sqlite:///{tmp_path}/no/such/folder/poolgate.db")
    assert asked.get("/health").status_code == 200
    refused = asked.get("/ready")
    assert refused.status_code == 503
    assert refused.get_json() == {"status": "unavailable", "reason": health.UNREACHABLE}
    assert str(tmp_path) not in refused.get_data(as_text=True)


def test_with_outdated_migrations_it_is_not_ready() -> None:
    refused = client("sqlite://", current=False).get("/ready")
    assert refused.status_code == 503
    assert "migrations" in refused.get_json()["reason"]


def test_a_database_that_goes_away_is_noticed_at_once() -> None:
    database = Database(create_engine("sqlite://"))
    readiness = health.Readiness(database, lambda _: True)
    assert readiness.problem() is None
    database.engine = create_engine("sqlite:////no/such/folder/poolgate.db")
    assert readiness.problem() == health.UNREACHABLE
