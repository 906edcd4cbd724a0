"""Minutes of workers in the database, on SQLite and through a served API."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.utils import floatToGoString
from sqlalchemy import func, select

from gateway.control.account.models import Metric
from gateway.metrics import store
from gateway.metrics.counts import percentile
from gateway.metrics.recorder import Recorder
from gateway.metrics.store import Series, of_canary
from gateway.snapshot import Canary, MethodSettings, RestIntegration, RestSettings, Route, Stage
from kernel import settings
from kernel.database import Base, Database
from kernel.telemetry import metrics
from tests.gateway.plane import API_HOST, API_ID, MOCK, Plane

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    made = Database.attach(Flask("metrics"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(made.engine)
    yield made
    made.engine.dispose()


@pytest.fixture
def clock():
    return [NOON.timestamp()]


@pytest.fixture
def recorder(database, clock):
    return Recorder(database, now=lambda: clock[0])


@pytest.fixture
def call(tokens, serve, recorder):
    plane = Plane(tokens, record=recorder.record)
    plane.show_rest(
        Route("GET /pets", MOCK),
        Route("GET /cats", MOCK),
        settings={"GET /pets": MethodSettings(metrics=True)},
    )
    server = serve(plane.app)
    yield lambda path: server.get(path, headers={"Host": API_HOST})
    plane.pool.close()


def points(database, route="", minutes=10, period=1):
    series = Series(API_ID, "prod", route)
    end = NOON + timedelta(minutes=minutes)
    return database.read(store.read, series, NOON, end, timedelta(minutes=period))


def test_a_minute_is_stored_when_it_is_over(call, recorder, database, clock):
    for path in ("/prod/pets", "/prod/cats", "/prod/nothing"):
        call(path)
    recorder.store()
    assert points(database) == []
    clock[0] += 60
    recorder.store()

    (point,) = points(database)
    assert point.start == NOON
    assert (point.counts.count, point.counts.client_errors) == (3, 1)
    assert percentile(point.counts.latency, 0.99) is not None


def test_only_routes_that_ask_for_it_are_counted_apart(call, recorder, database):
    call("/prod/pets")
    call("/prod/cats")
    recorder.stop()

    assert [point.counts.count for point in points(database, "GET /pets")] == [1]
    assert points(database, "GET /cats") == []


def test_a_canary_is_counted_for_its_stage_and_apart(tokens, serve, recorder, database):
    plane = Plane(tokens, record=recorder.record)
    settings_of_stage = {"": MethodSettings(metrics=True)}
    canary = Stage(
        "prod",
        (Route("GET /pets", MOCK),),
        rest=RestSettings(),
        is_canary=True,
        settings=settings_of_stage,
    )
    serve_by = {"canary": Canary(100.0, "d2", {}), "canary_stage": canary}
    plane.show_rest(Route("GET /pets", MOCK), settings=settings_of_stage, **serve_by)
    serve(plane.app).get("/prod/pets", headers={"Host": API_HOST})
    recorder.stop()
    plane.pool.close()

    for route in ("", "GET /pets", of_canary(""), of_canary("GET /pets")):
        assert [point.counts.count for point in points(database, route)] == [1]


def test_the_time_of_an_integration_counts_where_it_fails_too(tokens, serve, recorder, database):
    plane = Plane(tokens, record=recorder.record)
    nowhere = RestIntegration("HTTP", "GET", "http://127.0.0.1:1/")
    plane.show_rest(Route("GET /pets", nowhere))
    answer = serve(plane.app).get("/prod/pets", headers={"Host": API_HOST})
    recorder.stop()
    plane.pool.close()

    (point,) = points(database)
    assert answer.status == 504
    assert sum(point.counts.integration_latency.values()) == 1


def test_metrics_tell_how_long_integrations_took(call, recorder):
    def told(name, **more):
        labels = {"api": API_ID, "stage": "prod", **more}
        name = f"poolgate_api_integration_seconds_{name}"
        return metrics.REGISTRY.get_sample_value(name, labels) or 0

    asked, seconds, quick = told("count"), told("sum"), told("bucket", le="30.0")
    call("/prod/pets")
    call("/prod/nothing")
    recorder.stop()

    assert told("count") == asked + 1
    assert told("sum") > seconds
    assert told("bucket", le="30.0") == quick + 1


def test_many_observations_at_once_are_as_many_one_by_one():
    registry = CollectorRegistry()
    one = Histogram("one", "", buckets=metrics.LATENCIES, registry=registry)
    many = Histogram("many", "", buckets=metrics.LATENCIES, registry=registry)
    for amount, times in ((0.0, 2), (0.001, 3), (0.7, 1), (45.0, 2)):
        metrics.observe_many(many, amount, times)
        for _ in range(times):
            one.observe(amount)

    for le in (*map(float, metrics.LATENCIES), math.inf):
        labels = {"le": floatToGoString(le)}
        counted = registry.get_sample_value("many_bucket", labels)
        assert counted == registry.get_sample_value("one_bucket", labels)
    assert registry.get_sample_value("many_sum") == pytest.approx(
        registry.get_sample_value("one_sum")
    )


def test_workers_and_minutes_add_up_to_periods(tokens, database, clock, serve):
    for worker in range(2):
        recorder = Recorder(database, now=lambda: clock[0])
        plane = Plane(tokens, record=recorder.record)
        plane.show_rest(Route("GET /pets", MOCK))
        server = serve(plane.app)
        for minute in range(3):
            clock[0] = NOON.timestamp() + 60 * minute + worker
            server.get("/prod/pets", headers={"Host": API_HOST})
        recorder.stop()
        plane.pool.close()

    assert [point.counts.count for point in points(database)] == [2, 2, 2]
    assert [point.counts.count for point in points(database, period=5)] == [6]


def test_two_weeks_are_kept(call, recorder, database):
    call("/prod/pets")
    recorder.stop()

    database.write(store.forget, NOON + timedelta(days=14))
    assert len(points(database)) == 1
    database.write(store.forget, NOON + timedelta(days=14, minutes=1))
    assert (
        database.read(lambda session: session.scalar(select(func.count()).select_from(Metric))) == 0
    )


def test_requests_of_no_api_are_not_counted(call, recorder, database):
    call("/nothing/pets")
    recorder.stop()

    assert points(database) == []
