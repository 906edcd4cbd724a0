"""What each sink writes, and what it makes of a refusal."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kernel import settings
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.files import FileSink
from kernel.log_delivery.firehose import FirehoseSink
from kernel.log_delivery.s3 import S3Sink
from kernel.log_delivery.sink import Destination, SinkFailed
from kernel.outbound import Outbound
from kernel.settings import SettingError
from tests.kernel.log_delivery.conftest import Collector

GROUP = Destination("log_group", "arn:g", "000000000000", "us-east-1", "/aws/../pool")
STREAM = Destination("stream", "arn:aws:firehose:s", "000000000000", "us-east-1", "s")
BUCKET = Destination("bucket", "arn:b", "000000000000", "us-east-1", "logs", "AWSLogs/pool_1")
ENTRIES = [b'{"n":1}', b'{"n":2}']


def test_log_group_is_one_file_of_lines_that_its_owner_reads(tmp_path: Path) -> None:
    tmp_path /= "logs"
    sink = FileSink(tmp_path)
    sink.deliver(GROUP, ENTRIES)
    sink.deliver(GROUP, [b'{"n":3}'])
    file = tmp_path / "000000000000" / "us-east-1" / "%2Faws%2F..%2Fpool.jsonl"
    assert [json.loads(line)["n"] for line in file.read_text().splitlines()] == [1, 2, 3]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    folders = (tmp_path, *(path for path in tmp_path.rglob("*") if path.is_dir()))
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_link_in_the_place_of_a_log_file_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "000000000000" / "us-east-1"
    folder.mkdir(parents=True)
    (folder / "%2Faws%2F..%2Fpool.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SinkFailed):
        FileSink(tmp_path).deliver(GROUP, ENTRIES)
    assert not (tmp_path / "elsewhere").exists()


def test_stream_is_posted_as_firehose_does(collector: Collector) -> None:
    FirehoseSink(collector.url, "key-1", Outbound()).deliver(STREAM, ENTRIES)
    ((method, _, headers, body),) = collector.received
    document = json.loads(body)
    assert method == "POST"
    assert headers["x-amz-firehose-protocol-version"] == "1.0"
    assert headers["x-amz-firehose-request-id"] == document["requestId"]
    assert headers["x-amz-firehose-source-arn"] == STREAM.arn
    assert headers["x-amz-firehose-access-key"] == "key-1"
    assert [base64.b64decode(each["data"]) for each in document["records"]] == ENTRIES
    collector.status = 500
    with pytest.raises(SinkFailed, match="answered 500"):
        FirehoseSink(collector.url, None, Outbound()).deliver(STREAM, ENTRIES)


def test_bucket_gets_an_object_whose_signature_is_the_one_of_aws(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    S3Sink(f"{collector.url}/base", "AKIDEXAMPLE", "secret", Outbound()).deliver(BUCKET, ENTRIES)
    ((method, path, headers, body),) = collector.received
    assert (method, body) == ("PUT", b'{"n":1}\n{"n":2}\n')
    assert path.startswith("/base/logs/AWSLogs/pool_1/20")
    assert path.endswith(".jsonl")
    theirs = AWSRequest("PUT", f"{collector.url}{path}", {}, body)
    signer = S3SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "s3", "us-east-1")
    theirs.context["timestamp"] = headers["x-amz-date"]
    theirs.headers["X-Amz-Date"] = headers["x-amz-date"]
    theirs.headers["X-Amz-Content-SHA256"] = headers["x-amz-content-sha256"]
    text = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert signer.signature(text, theirs) in headers["authorization"]


@pytest.mark.parametrize("kind", ["stream", "bucket"])
def test_server_that_is_away_is_a_failure_without_secrets(kind: str) -> None:
    url = "http://user:hidden@127.0.0.1:18399"
    sink: Any = FirehoseSink(url, "key-1", Outbound())
    if kind == "bucket":
        sink = S3Sink("http://127.0.0.1:18399", "AKIDEXAMPLE", "secret", Outbound())
    with pytest.raises(SinkFailed) as caught:
        sink.deliver(STREAM if kind == "stream" else BUCKET, ENTRIES)
    assert not {"hidden", "key-1", "secret"} & set(str(caught.value).replace(":", " ").split())
    assert "hidden" not in repr(sink)
    assert "'secret'" not in repr(sink)


def test_sinks_are_those_of_the_settings(tmp_path: Path) -> None:
    def kinds(**values: str) -> list[str]:
        parsed = settings.parse({"instance": str(tmp_path), **values})
        made = LogDelivery.from_settings(parsed, Outbound())
        return [kind for kind in ("log_group", "stream", "bucket") if made.has_sink(kind)]

    assert kinds() == ["log_group"]
    assert kinds(firehose_url="https://logs.example.com") == ["log_group", "stream"]
    bucket = {
        "s3_url": "https://s3.example.com",
        "s3_access_key_id": "AKIDEXAMPLE",
        "s3_secret_access_key": "secret",
    }
    assert kinds(**bucket) == ["log_group", "bucket"]
    with pytest.raises(SettingError, match="set together"):
        kinds(s3_url="https://s3.example.com")
    with pytest.raises(SettingError, match="firehose_url"):
        kinds(firehose_access_key="x")
