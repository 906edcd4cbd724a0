"""The world of the other operations, with the upload endpoint and a runner that tests call."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from idp.user_pools import uploads
from idp.user_pools.services import import_files
from idp.user_pools.services.import_runner import ImportRunner
from tests.idp.user_pools.operations.world import Pool, World

ROLE = "arn:aws:iam::000000000000:role/Cognito-UserImport-Role"


class ImportWorld(World):
    """`runner` runs what was started when a test says so."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        super().__init__(folder, database_url)
        app = self._server.app
        app.wsgi_app = uploads.in_front_of(app.wsgi_app, self.kernel)
        self.runner = ImportRunner(self.kernel)

    @property
    def port(self) -> int:
        return int(self._server.port)

    def put(self, url: str, body: Any, method: str = "PUT", **headers: str) -> tuple[int, str]:
        """What `curl -T` does, to this server's own port."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        fields = {"x-amz-server-side-encryption": "aws:kms", **headers}
        connection.request(method, f"{parts.path}?{parts.query}", body, fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


@dataclass(frozen=True)
class Import:
    """A job, and the moves that most tests make with it."""

    pool: Pool
    id: str
    url: str

    @property
    def world(self) -> ImportWorld:
        assert isinstance(self.pool.world, ImportWorld)
        return self.pool.world

    def upload(self, content: str | bytes) -> tuple[int, str]:
        body = content.encode() if isinstance(content, str) else content
        return self.world.put(self.url, body)

    def start(self) -> dict[str, Any]:
        return self._call("start_user_import_job")

    def stop(self) -> dict[str, Any]:
        return self._call("stop_user_import_job")

    def describe(self) -> dict[str, Any]:
        return self._call("describe_user_import_job")

    def run(self, content: str | bytes) -> dict[str, Any]:
        """Upload, start, and import all of it."""
        assert self.upload(content)[0] == 200
        self.start()
        self.world.runner.run_all()
        return self.describe()

    def log(self) -> list[dict[str, Any]]:
        path = import_files.log_path(self.world.kernel.settings, self.id)
        return [json.loads(line) for line in path.read_text().splitlines()]

    def reasons(self) -> dict[int, str]:
        """By line number, the outcome and the reason."""
        return {
            entry["line"]: f"{entry['outcome']}: {entry['reason']}"
            for entry in self.log()
            if "line" in entry
        }

    def _call(self, operation: str) -> dict[str, Any]:
        found: dict[str, Any] = self.pool.call(operation, JobId=self.id)["UserImportJob"]
        return found


def new_import(pool: Pool, **request: Any) -> Import:
    given = {"JobName": "move", "CloudWatchLogsRoleArn": ROLE, **request}
    job = pool.call("create_user_import_job", **given)["UserImportJob"]
    return Import(pool, job["JobId"], job["PreSignedUrl"])


def csv_file(pool: Pool, *users: dict[str, str], hashes: bool = False) -> str:
    """A file with the pool's header; `user` stands for cognito:username."""
    header = pool.call("get_csv_header")["CSVHeader"]
    columns = [*header, "cognito:password_hash"] if hashes else header
    lines = [",".join(columns)]
    lines += [",".join(_cell(user, column) for column in columns) for user in users]
    return "\n".join(lines) + "\n"


def person(username: str, /, **values: str) -> dict[str, str]:
    """A row that imports; `custom__x` stands for `custom:x`."""
    given = {
        "cognito:username": username,
        "cognito:mfa_enabled": "false",
        "email": f"{username}@example.com",
        "email_verified": "true",
    }
    return {**given, **{key.replace("__", ":"): value for key, value in values.items()}}


def _cell(user: dict[str, str], column: str) -> str:
    return user.get(column, "").replace("\\", "\\\\").replace(",", "\\,")
