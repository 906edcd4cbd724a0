"""Lets go of user import jobs that nobody started, and of files that no job needs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import UserImportJob
from idp.user_pools.services import import_files, import_jobs, import_steps
from kernel.runtime import Kernel
from kernel.threads import in_thread

LOST_AFTER_SECONDS = 48 * 3600.0


def sweep(kernel: Kernel) -> None:
    """Expire jobs, and remove files that are older than any job that could use them."""
    known = kernel.database.write(_expire, kernel)
    in_thread(_remove_unknown, kernel, known)


def _remove_unknown(kernel: Kernel, known: set[str]) -> None:
    oldest = kernel.clock.time() - LOST_AFTER_SECONDS
    for path in import_files.folder(kernel.settings).glob(f"*{import_files.UPLOAD_SUFFIX}"):
        if path.stem not in known and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _expire(session: Session, kernel: Kernel) -> set[str]:
    """The names of files that are still in use."""
    now = kernel.clock.now()
    waiting = (import_jobs.CREATED, *import_jobs.RUNNING)
    known = set()
    for job in session.scalars(select(UserImportJob).where(UserImportJob.status.in_(waiting))):
        started = job.document.get("StartDate", now.timestamp())
        if import_jobs.status(job, now) == import_jobs.EXPIRED:
            import_jobs.end(job, import_jobs.EXPIRED, "The job was not started in time.", kernel)
        elif now.timestamp() - started > LOST_AFTER_SECONDS and import_steps.is_stale(
            job, now.timestamp()
        ):
            import_jobs.end(job, import_jobs.FAILED, "The CSV file of the job is lost.", kernel)
        elif "file" in job.document["own"]:
            known.add(job.document["own"]["file"])
    return known
