"""PUT /_poolgate/imports/JOB: where a user import job's CSV file is uploaded, in front of Flask.

The address is what CreateUserImportJob answers as PreSignedUrl. AWS's is one of Amazon S3, so what
`curl -T FILE -H x-amz-server-side-encryption:aws:kms URL` sends is taken, headers and all, and
refusals have S3's form. The body goes to a file piece by piece; its size is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qs

import structlog
from sqlalchemy.orm import Session
from werkzeug.exceptions import ClientDisconnected

from idp.models import UserImportJob
from idp.user_pools.services import import_files, import_jobs
from kernel.database import DatabaseBusy
from kernel.runtime import Kernel
from kernel.sealing import Expired, Unsealable
from kernel.status_lines import status_line
from kernel.telemetry.logs import where_it_happened
from kernel.threads import in_thread

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

Environ = dict[str, Any]

PIECE_BYTES = 256 * 1024
LONGEST_QUERY = 2048

log = structlog.get_logger("poolgate.imports")


class _Refusal(Exception):
    """What S3 would answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def in_front_of(application: WSGIApplication, kernel: Kernel) -> WSGIApplication:
    """An application that takes uploads, and hands `application` all else."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(import_jobs.UPLOAD_PATH):
            return application(environ, start_response)
        status, body = _answer(kernel, environ)
        start_response(
            status_line(status),
            [
                ("Content-Type", "application/xml"),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        return [body]

    return serve


def _answer(kernel: Kernel, environ: Environ) -> tuple[int, bytes]:
    try:
        _take(kernel, environ)
    except _Refusal as refusal:
        return refusal.status, _error(refusal.code, refusal.message)
    except DatabaseBusy:
        return 503, _error("SlowDown", "Please reduce your request rate.")
    except Exception as error:
        log.error("upload failed", **where_it_happened(error))
        return 500, _error("InternalError", "We encountered an internal error. Please try again.")
    return 200, b""


def _take(kernel: Kernel, environ: Environ) -> None:
    if environ["REQUEST_METHOD"] != "PUT":
        raise _Refusal(405, "MethodNotAllowed", "The specified method is not allowed.")
    job_id = _checked_job(kernel, environ)
    if not kernel.database.read(_takes_upload, kernel, job_id):
        raise _closed()
    most = kernel.settings.import_megabytes * 1024 * 1024
    name = f"{job_id}-{kernel.randomness.uuid()}"
    file = in_thread(import_files.create_upload, kernel.settings, name)
    useless: str | None = name
    try:
        _copy(environ, file, most)
        in_thread(import_files.finish_upload, file)
        is_taken, useless = kernel.database.write(import_jobs.receive, kernel, job_id, name)
    finally:
        file.close()
        in_thread(import_files.remove_upload, kernel.settings, useless)
    if not is_taken:
        raise _closed()


def _checked_job(kernel: Kernel, environ: Environ) -> str:
    """The job whose address it is, if it was signed for that job and is not too old."""
    job_id: str = environ["PATH_INFO"].removeprefix(import_jobs.UPLOAD_PATH)
    query = environ.get("QUERY_STRING", "")
    signatures = parse_qs(query).get("signature", []) if len(query) <= LONGEST_QUERY else []
    try:
        if len(signatures) != 1:
            raise Unsealable("not signed")
        import_jobs.check_upload(kernel, job_id, signatures[0])
    except Expired:
        raise _Refusal(403, "AccessDenied", "Request has expired") from None
    except Unsealable:
        raise _Refusal(403, "SignatureDoesNotMatch", "The signature does not match.") from None
    return job_id


def _takes_upload(session: Session, kernel: Kernel, job_id: str) -> bool:
    return import_jobs.takes_upload(session.get(UserImportJob, job_id), kernel.clock.now())


def _copy(environ: Environ, file: BinaryIO, most: int) -> None:
    """The whole body into the file. Raises `_Refusal` where it is too large, or breaks off."""
    declared = environ.get("CONTENT_LENGTH") or ""
    length = int(declared) if declared.isdecimal() else None
    if length is None and not _has_an_end(environ):
        raise _Refusal(411, "MissingContentLength", "You must provide the Content-Length header.")
    if length is not None and length > most:
        raise _too_large(most)
    received = 0
    while piece := _read(environ, _next(length, received)):
        received += len(piece)
        if received > most:
            raise _too_large(most)
        in_thread(file.write, piece)
    if length is not None and received < length:
        raise _incomplete()


def _read(environ: Environ, most: int) -> bytes:
    try:
        piece: bytes = environ["wsgi.input"].read(most)
    except (OSError, ClientDisconnected):
        raise _incomplete() from None
    return piece


def _next(length: int | None, received: int) -> int:
    return PIECE_BYTES if length is None else min(PIECE_BYTES, length - received)


def _has_an_end(environ: Environ) -> bool:
    return bool(environ.get("wsgi.input_terminated") or "HTTP_TRANSFER_ENCODING" in environ)


def _closed() -> _Refusal:
    return _Refusal(403, "AccessDenied", "The user import job takes no file any more.")


def _too_large(most: int) -> _Refusal:
    return _Refusal(
        400, "EntityTooLarge", f"Your proposed upload exceeds the maximum size of {most} bytes."
    )


def _incomplete() -> _Refusal:
    return _Refusal(400, "IncompleteBody", "The body is shorter than it was said to be.")


def _error(code: str, message: str) -> bytes:
    """Both texts are ours and need no escape."""
    xml = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{xml}<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
