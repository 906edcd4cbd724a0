"""User import jobs as rows: made, described, started, stopped. `import_runner` does the work.

The document of a job holds the members of UserImportJobType, moments as seconds since the epoch,
and under `own` what is not shown: the uploaded file, the lease of the worker that runs the job, and
how far its log is written.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from idp.errors import PreconditionNotMet, ResourceNotFound
from idp.models import UserImportJob, UserPool
from idp.user_pools.rules import quotas
from idp.user_pools.services.quotas import wait_for_turn
from kernel.runtime import Kernel

CHANNEL = "user-import-jobs"
UPLOAD_PATH = "/_poolgate/imports/"
UPLOAD_SECONDS = 900.0
"""Developer guide: the pre-signed URL is good for 15 minutes. Describing the job makes another."""
EXPIRES_AFTER = timedelta(hours=24)
""" "You created a job, but did not start the job within 24-48 hours." """

CREATED, PENDING, IN_PROGRESS, STOPPING = "Created", "Pending", "InProgress", "Stopping"
EXPIRED, STOPPED, FAILED, SUCCEEDED = "Expired", "Stopped", "Failed", "Succeeded"
RUNNING = (PENDING, IN_PROGRESS, STOPPING)
WAS_STOPPED = "The job was stopped by an administrator."
COUNTERS = ("ImportedUsers", "SkippedUsers", "FailedUsers")

ID_ALPHABET = string.ascii_letters + string.digits
ID_LENGTH = 20
_MOMENTS = ("StartDate", "CompletionDate")


def create(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> UserImportJob:
    """Raises `LimitExceeded`."""
    wait_for_turn(session, pool.id)
    _check_quotas(session, kernel, pool)
    document = {
        name: request[name]
        for name in ("JobName", "CloudWatchLogsRoleArn", "PasswordHashingAlgorithm")
        if name in request
    }
    job = UserImportJob(
        id=f"import-{kernel.randomness.text(ID_LENGTH, ID_ALPHABET)}",
        pool_id=pool.id,
        status=CREATED,
        document={**document, **dict.fromkeys(COUNTERS, 0), "own": {}},
        position=0,
        created=kernel.clock.now(),
    )
    session.add(job)
    return job


def require(
    session: Session, pool: UserPool, job_id: str, *, to_change: bool = False
) -> UserImportJob:
    """The pool's job. Raises `ResourceNotFound`."""
    job = session.get(UserImportJob, job_id, with_for_update=to_change)
    if job is None or job.pool_id != pool.id:
        raise ResourceNotFound("User import job does not exist.")
    return job


def page(session: Session, pool: UserPool, after: Any, limit: int) -> Sequence[UserImportJob]:
    """Jobs, the newest first, one more than `limit` when there are more; `after` is a `place`."""
    query = select(UserImportJob).where(UserImportJob.pool_id == pool.id)
    key = tuple_(UserImportJob.created, UserImportJob.id)
    if after:
        last = datetime.fromtimestamp(after[0], UTC)
        query = query.where(key < tuple_(last, after[1]))
    ordered = query.order_by(UserImportJob.created.desc(), UserImportJob.id.desc())
    return session.scalars(ordered.limit(limit + 1)).all()


def place(job: UserImportJob) -> list[Any]:
    """Where the next page begins after this job."""
    return [job.created.timestamp(), job.id]


def start(
    session: Session, kernel: Kernel, pool: UserPool, job_id: str
) -> tuple[UserImportJob, str | None]:
    """Let a worker take the job up. Raises `PreconditionNotMet`.

    One job of a pool runs at a time: the row of the pool is what two that start at once wait for.
    """
    session.get(UserPool, pool.id, with_for_update=True, populate_existing=True)
    job = require(session, pool, job_id, to_change=True)
    now = kernel.clock.now()
    if status(job, now) != CREATED:
        raise PreconditionNotMet(f"The job is {status(job, now)}: only a new job can be started.")
    if not job.document["own"].get("file"):
        raise PreconditionNotMet("The CSV file of the job has not been uploaded.")
    if not pool.settings.get("AutoVerifiedAttributes"):
        raise PreconditionNotMet("The user pool must have at least one auto verified attribute.")
    others = (UserImportJob.pool_id == pool.id, UserImportJob.status.in_(RUNNING))
    if session.scalar(select(UserImportJob.id).where(*others).limit(1)):
        raise PreconditionNotMet("Another job of the user pool is running.")
    job.status = PENDING
    job.document = {**job.document, "StartDate": now.timestamp()}
    return job, None


def stop(
    session: Session, kernel: Kernel, pool: UserPool, job_id: str
) -> tuple[UserImportJob, str | None]:
    """Raises `PreconditionNotMet`. Also the name of a file that is of no use any more."""
    job = require(session, pool, job_id, to_change=True)
    if job.status == PENDING:
        return job, end(job, STOPPED, WAS_STOPPED, kernel)
    if job.status != IN_PROGRESS:
        raise PreconditionNotMet("The job is not running.")
    job.status = STOPPING
    return job, None


def end(job: UserImportJob, final: str, message: str, kernel: Kernel) -> str | None:
    """Write how a job ended; the name of the file that can be removed after the unit."""
    own = dict(job.document["own"])
    file: str | None = own.pop("file", None)
    own.pop("lease", None)
    job.status = final
    job.document = {
        **job.document,
        "CompletionDate": kernel.clock.time(),
        "CompletionMessage": message,
        "own": own,
    }
    return file


def status(job: UserImportJob, now: datetime) -> str:
    """UserImportJobStatusType: a job that nobody started in time has expired by itself."""
    if job.status == CREATED and now - job.created >= EXPIRES_AFTER:
        return EXPIRED
    return job.status


def describe(kernel: Kernel, job: UserImportJob) -> dict[str, Any]:
    """UserImportJobType, with a fresh upload address while the job takes one."""
    shown = {name: value for name, value in job.document.items() if name != "own"}
    for name in _MOMENTS:
        if name in shown:
            shown[name] = datetime.fromtimestamp(shown[name], UTC)
    present = status(job, kernel.clock.now())
    if present == CREATED:
        shown["PreSignedUrl"] = upload_url(kernel, job.id)
    return {
        **shown,
        "JobId": job.id,
        "UserPoolId": job.pool_id,
        "CreationDate": job.created,
        "Status": present,
    }


def upload_url(kernel: Kernel, job_id: str) -> str:
    """Who has it may upload this job's file, for `UPLOAD_SECONDS`, and nothing else."""
    token = kernel.sealer.seal_token(job_id, _purpose(job_id), UPLOAD_SECONDS)
    return f"{kernel.settings.origin}{UPLOAD_PATH}{job_id}?signature={token}"


def check_upload(kernel: Kernel, job_id: str, token: str) -> None:
    """Raises `Unsealable` for a token that was made for another job, altered, or has expired."""
    kernel.sealer.open_token(token, _purpose(job_id))


def takes_upload(job: UserImportJob | None, now: datetime) -> bool:
    return job is not None and status(job, now) == CREATED


def receive(session: Session, kernel: Kernel, job_id: str, file: str) -> tuple[bool, str | None]:
    """Give a job its uploaded file: whether it took it, and a former file to be removed."""
    job = session.get(UserImportJob, job_id, with_for_update=True)
    if job is None or not takes_upload(job, kernel.clock.now()):
        return False, file
    former = job.document["own"].get("file")
    job.document = {**job.document, "own": {**job.document["own"], "file": file}}
    return True, former if former != file else None


def _check_quotas(session: Session, kernel: Kernel, pool: UserPool) -> None:
    adjusted = dict(kernel.settings.quotas)
    counted = select(func.count()).where(UserImportJob.pool_id == pool.id)
    quotas.check("user_import_jobs_per_user_pool", session.scalar(counted) or 0, adjusted)
    since = kernel.clock.now() - EXPIRES_AFTER
    waiting = counted.where(
        UserImportJob.status.in_((CREATED, *RUNNING)), UserImportJob.created > since
    )
    quotas.check("waiting_user_import_jobs_per_user_pool", session.scalar(waiting) or 0, adjusted)


def _purpose(job_id: str) -> str:
    return f"user-import-upload:{job_id}"
