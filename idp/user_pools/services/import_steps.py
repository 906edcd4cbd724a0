"""The units of work of a running user import job.

A batch is one unit: its users, the job's position in the file, its counters and the lease commit
together, so a worker that dies has imported each line once or not at all, and the next one goes on
at the position. What the batch says in the log is stored with it, since the file is written after
the commit: whoever takes over writes it once more at the same place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import IdpError
from idp.models import UserImportJob, UserPool, UserPoolClient
from idp.user_pools.rules import auth_flows, csv_users
from idp.user_pools.rules.csv_users import ImportRules
from idp.user_pools.services import (
    import_files,
    import_jobs,
    imported_credentials,
    imported_users,
)
from idp.user_pools.services.imported_users import Outcome, ParsedLine
from kernel.runtime import Kernel

LEASE_SECONDS = 30.0
MOST_FAILURES = 5
NO_PASSWORD_FLOW = (
    "No client of the user pool allows a flow that sends the password, such as "
    "ALLOW_USER_PASSWORD_AUTH: users with an imported hash cannot sign in with SRP before they "
    "have done so once with their password."
)


class LeaseLost(Exception):
    """Another worker runs the job, or it is gone."""


@dataclass(frozen=True)
class Run:
    """A job as the worker sees it that holds its lease."""

    job_id: str
    pool_id: str
    file: str
    position: int
    lines: int
    """How many lines of the file are behind `position`."""
    log_position: int
    rules: ImportRules | None
    """None before the header was read."""


@dataclass(frozen=True)
class Step:
    """What a unit of work has done: the run after it, if it goes on, and lines for the log."""

    following: Run | None
    log: list[dict[str, Any]]


def is_any_running(session: Session) -> bool:
    """Whether it is worth a writing unit to look closer."""
    running = UserImportJob.status.in_(import_jobs.RUNNING)
    return session.scalar(select(UserImportJob.id).where(running).limit(1)) is not None


def claim(session: Session, kernel: Kernel, owner: str) -> Run | None:
    """Take the lease of the oldest job that nobody runs and whose file is on this machine."""
    running = UserImportJob.status.in_(import_jobs.RUNNING)
    ids = session.scalars(
        select(UserImportJob.id).where(running).order_by(UserImportJob.created, UserImportJob.id)
    ).all()
    for job_id in ids:
        job = session.get(UserImportJob, job_id, with_for_update=True, populate_existing=True)
        if job is None or job.status not in import_jobs.RUNNING:
            continue
        if is_stale(job, kernel.clock.time()) and _has_file(kernel, job):
            return _take(session, kernel, owner, job)
    return None


def is_stale(job: UserImportJob, now: float) -> bool:
    """Whether nobody runs the job at that moment, in seconds since the epoch."""
    lease = job.document["own"].get("lease")
    return lease is None or bool(now >= lease["until"])


def _has_file(kernel: Kernel, job: UserImportJob) -> bool:
    name = job.document["own"].get("file")
    return bool(name) and import_files.upload_path(kernel.settings, name).exists()


def _take(session: Session, kernel: Kernel, owner: str, job: UserImportJob) -> Run:
    if job.status == import_jobs.PENDING:
        job.status = import_jobs.IN_PROGRESS
    own = _leased(kernel, owner, job.document["own"])
    job.document = {**job.document, "own": own}
    pool = session.get_one(UserPool, job.pool_id)
    progress = own.get("progress")
    rules = None
    if progress is not None:
        rules = _rules(pool, tuple(progress["columns"]), job)
        # What the last batch's worker may have died before writing.
        path = import_files.log_path(kernel.settings, job.id)
        import_files.write_log(path, progress["log_start"], progress["log"])
    return Run(
        job_id=job.id,
        pool_id=job.pool_id,
        file=own["file"],
        position=job.position,
        lines=progress["lines"] if progress else 0,
        log_position=(
            progress["log_start"] + import_files.log_bytes(progress["log"]) if progress else 0
        ),
        rules=rules,
    )


def _rules(pool: UserPool, columns: tuple[str, ...], job: UserImportJob) -> ImportRules:
    algorithm = job.document.get("PasswordHashingAlgorithm")
    return ImportRules(pool.settings, pool.schema, columns, algorithm)


def _leased(kernel: Kernel, owner: str, own: Mapping[str, Any]) -> dict[str, Any]:
    until = kernel.clock.time() + LEASE_SECONDS
    return {**own, "lease": {"owner": owner, "until": until}}


def _held(session: Session, owner: str, run: Run) -> UserImportJob:
    """The job, locked. Raises `LeaseLost` where it is not this worker's any more."""
    job = session.get(UserImportJob, run.job_id, with_for_update=True, populate_existing=True)
    if job is None or job.status not in import_jobs.RUNNING or job.position != run.position:
        raise LeaseLost
    if job.document["own"].get("lease", {}).get("owner") != owner:
        raise LeaseLost
    return job


def begin(
    session: Session, kernel: Kernel, owner: str, run: Run, header: str | None, end: int
) -> Step:
    """Hold the header, which ends at a byte, against the pool. Raises `LeaseLost`."""
    job = _held(session, owner, run)
    pool = session.get_one(UserPool, job.pool_id)
    algorithm = job.document.get("PasswordHashingAlgorithm")
    try:
        columns = csv_users.parse_header(header or "", pool.schema, algorithm)
    except IdpError as error:
        import_jobs.end(job, import_jobs.FAILED, error.message, kernel)
        return Step(None, [{"line": 1, "outcome": "FAILED", "reason": error.message}])
    lines = [{"warning": NO_PASSWORD_FLOW}] if _lacks_password_flow(session, pool, job) else []
    following = replace(
        run, position=end, lines=1, rules=_rules(pool, columns, job),
        log_position=run.log_position + import_files.log_bytes(lines),
    )  # fmt: skip
    _advance(kernel, owner, job, run, following, lines)
    return Step(following, lines)


def _lacks_password_flow(session: Session, pool: UserPool, job: UserImportJob) -> bool:
    if "PasswordHashingAlgorithm" not in job.document:
        return False
    clients = session.scalars(select(UserPoolClient).where(UserPoolClient.pool_id == pool.id))
    # The hosted pages send the password too.
    return not any(
        client.settings.get("AllowedOAuthFlowsUserPoolClient")
        or auth_flows.may_send_password(client.settings["ExplicitAuthFlows"])
        for client in clients
    )


def store(
    session: Session,
    kernel: Kernel,
    owner: str,
    run: Run,
    following: Run,
    parsed: list[ParsedLine],
) -> Step:
    """Import a batch, and say where `following` goes on. Raises `LeaseLost`."""
    job = _held(session, owner, run)
    if job.status == import_jobs.STOPPING:
        return _end(session, kernel, job, import_jobs.STOPPED, import_jobs.WAS_STOPPED)
    pool = session.get_one(UserPool, job.pool_id)
    now = kernel.clock.now()
    outcome = imported_users.store(session, pool.id, pool.settings, parsed, now)
    _remember_new_forms(session, kernel, job, outcome)
    _count(job, outcome)
    following = replace(
        following, log_position=run.log_position + import_files.log_bytes(outcome.log)
    )
    _advance(kernel, owner, job, run, following, outcome.log)
    return Step(following, outcome.log)


def _count(job: UserImportJob, outcome: Outcome) -> None:
    document = dict(job.document)
    for name, more in (
        ("ImportedUsers", outcome.imported),
        ("SkippedUsers", outcome.skipped),
        ("FailedUsers", outcome.failed),
    ):
        document[name] += more
    job.document = document


def _remember_new_forms(
    session: Session, kernel: Kernel, job: UserImportJob, outcome: Outcome
) -> None:
    """A form that is new to the pool is known with its first user; numbers follow at the end, since
    each change of the document makes every worker read the configuration anew."""
    if not outcome.forms:
        return
    known = imported_credentials.forms_in(session, job.pool_id)
    if not set(outcome.forms) <= set(known):
        imported_credentials.remember_forms(session, job.pool_id, outcome.forms, kernel.clock.now())
        return
    own = dict(job.document["own"])
    counted = own.get("forms", {})
    own["forms"] = {
        form: counted.get(form, 0) + outcome.forms.get(form, 0)
        for form in {*counted, *outcome.forms}
    }
    job.document = {**job.document, "own": own}


def _advance(
    kernel: Kernel,
    owner: str,
    job: UserImportJob,
    run: Run,
    following: Run,
    lines: list[dict[str, Any]],
) -> None:
    """Where a worker that takes over goes on, and what it has to write into the log once more."""
    rules = following.rules
    progress = {
        "columns": list(rules.columns) if rules else [],
        "lines": following.lines,
        "log_start": run.log_position,
        "log": lines,
    }
    own = {**_leased(kernel, owner, job.document["own"]), "progress": progress, "failures": 0}
    job.document = {**job.document, "own": own}
    job.position = following.position


def finish(session: Session, kernel: Kernel, owner: str, run: Run) -> Step:
    """The file is at its end. Raises `LeaseLost`."""
    job = _held(session, owner, run)
    return _end(session, kernel, job, import_jobs.SUCCEEDED, "Import Job Completed Successfully.")


def _end(session: Session, kernel: Kernel, job: UserImportJob, final: str, message: str) -> Step:
    forms = job.document["own"].get("forms")
    if forms:
        imported_credentials.remember_forms(session, job.pool_id, forms, kernel.clock.now())
    import_jobs.end(job, final, message, kernel)
    counters = {name: job.document[name] for name in import_jobs.COUNTERS}
    return Step(None, [{"outcome": final, **counters}])


def stumble(session: Session, kernel: Kernel, owner: str, job_id: str) -> None:
    """A batch has failed for no reason that the file gives. It is tried again when the lease has
    ended, but not for ever: the same lines would fail the next worker."""
    job = session.get(UserImportJob, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.document["own"].get("lease", {}).get("owner") != owner:
        return
    failures = job.document["own"].get("failures", 0) + 1
    job.document = {**job.document, "own": {**job.document["own"], "failures": failures}}
    if failures >= MOST_FAILURES:
        _end(session, kernel, job, import_jobs.FAILED, "The job failed due to an internal error.")


def release(session: Session, job_id: str, owner: str) -> None:
    """Give a job back, so that another worker need not wait for the lease to end."""
    job = session.get(UserImportJob, job_id, with_for_update=True)
    if job is not None and job.document["own"].get("lease", {}).get("owner") == owner:
        own = {name: value for name, value in job.document["own"].items() if name != "lease"}
        job.document = {**job.document, "own": own}
