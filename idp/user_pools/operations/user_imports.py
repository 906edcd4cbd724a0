"""GetCSVHeader and user import jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from idp.models import UserImportJob, UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.rules import csv_users
from idp.user_pools.services import import_files, import_jobs, pages, pools
from kernel.aws.operations import Call, Input, Output
from kernel.runtime import Kernel
from kernel.threads import in_thread

MOST_ON_A_PAGE = 50
"""UserImportJobsListType holds no more, though MaxResults may be 60."""

family = cognito_idp()


@family.reads("GetCSVHeader")
def get_csv_header(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    return {"UserPoolId": pool.id, "CSVHeader": csv_users.header(pool.schema)}


@family.writes("CreateUserImportJob")
def create_user_import_job(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    job = import_jobs.create(session, call.kernel, pool, request)
    return {"UserImportJob": import_jobs.describe(call.kernel, job)}


@family.reads("DescribeUserImportJob")
def describe_user_import_job(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    job = import_jobs.require(session, pool, request["JobId"])
    return {"UserImportJob": import_jobs.describe(call.kernel, job)}


@family.reads("ListUserImportJobs")
def list_user_import_jobs(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    limit = min(request["MaxResults"], MOST_ON_A_PAGE)
    after = pages.position(call, request.get("PaginationToken"), pool.id)
    rows = import_jobs.page(session, pool, after, limit)
    page, token = pages.cut(call, rows, limit, import_jobs.place, pool.id)
    described = [import_jobs.describe(call.kernel, job) for job in page]
    return with_token({"UserImportJobs": described}, "PaginationToken", token)


@family.operation("StartUserImportJob")
def start_user_import_job(call: Call, request: Input) -> Output:
    return _change(call, request, import_jobs.start)


@family.operation("StopUserImportJob")
def stop_user_import_job(call: Call, request: Input) -> Output:
    return _change(call, request, import_jobs.stop)


Change = Callable[[Session, Kernel, UserPool, str], tuple[UserImportJob, str | None]]


def _change(call: Call, request: Input, change: Change) -> Output:
    """Change a job, tell the workers, and remove a file that is of no use any more."""

    def unit(session: Session) -> tuple[dict[str, Any], str | None]:
        pool = pools.require(session, call, request["UserPoolId"])
        job, useless = change(session, call.kernel, pool, request["JobId"])
        return import_jobs.describe(call.kernel, job), useless

    described, useless = call.kernel.database.write(unit)
    if useless is not None:
        in_thread(import_files.remove_upload, call.kernel.settings, useless)
    call.kernel.shared_state.publish(import_jobs.CHANNEL, b"")
    return {"UserImportJob": described}
