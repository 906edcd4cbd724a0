"""GetAccount and UpdateAccount."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.account import settings
from gateway.control.changes import changes
from gateway.control.errors import ERRORS
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)


@family.reads("GetAccount")
def get_account(session: Session, call: Call, _request: Input) -> Output:
    row = settings.find(session, call)
    return settings.present(row.document if row else {})


@changes(family, "UpdateAccount")
def update_account(session: Session, call: Call, request: Input) -> Output:
    return settings.present(settings.update(session, call, request))
