"""Terms documents of app clients."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.models import UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import clients, documents, pages, pools, terms
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("CreateTerms")
def create_terms(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    clients.require(session, pool, request["ClientId"], to_change=True)
    return {"Terms": terms.describe(terms.create(session, call.kernel, pool, request))}


@family.writes("UpdateTerms")
def update_terms(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    return {"Terms": terms.describe(terms.update(session, call.kernel, pool, request))}


@family.writes("DeleteTerms")
def delete_terms(session: Session, call: Call, request: Input) -> None:
    pool = _pool(session, call, request)
    terms.delete(session, terms.require(session, pool, request["TermsId"], to_change=True))


@family.reads("DescribeTerms")
def describe_terms(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    return {"Terms": terms.describe(terms.require(session, pool, request["TermsId"]))}


@family.reads("DescribeTermsByClient")
def describe_terms_by_client(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    clients.require(session, pool, request["ClientId"])
    row = terms.of_client(session, pool, request["ClientId"], request["TermsName"])
    return {"Terms": terms.describe(row)}


@family.reads("ListTerms")
def list_terms(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    limit = pages.size(request.get("MaxResults"))
    after = pages.position(call, request.get("NextToken"), pool.id)
    rows = documents.page(session, pool.id, terms.KIND, after, limit)
    page, token = pages.cut(call, rows, limit, lambda row: row.key, pool.id)
    return with_token({"Terms": [terms.summary(row) for row in page]}, "NextToken", token)


def _pool(session: Session, call: Call, request: Input) -> UserPool:
    return pools.require(session, call, request["UserPoolId"])
