"""SetRiskConfiguration, DescribeRiskConfiguration, and the history of users' events."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import NotAuthorized
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.rules import risk_policy
from idp.user_pools.services import pages, pools, users
from idp.user_pools.services.threats import configuration, events, feedback
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("SetRiskConfiguration")
def set_risk_configuration(session: Session, call: Call, request: Input) -> Output:
    return {"RiskConfiguration": configuration.store(session, call, request)}


@family.reads("DescribeRiskConfiguration")
def describe_risk_configuration(session: Session, call: Call, request: Input) -> Output:
    return {"RiskConfiguration": configuration.describe(session, call, request)}


@family.reads("AdminListUserAuthEvents")
def admin_list_user_auth_events(session: Session, call: Call, request: Input) -> Output:
    """The newest first."""
    pool = configuration.require_pool(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    limit = pages.size(request.get("MaxResults"))
    after = pages.position(call, request.get("NextToken"), user.id)
    rows = events.page(session, user.id, after, limit)
    page, token = pages.cut(call, rows, limit, events.key, user.id)
    return with_token({"AuthEvents": [events.describe(row) for row in page]}, "NextToken", token)


@family.writes("AdminUpdateAuthEventFeedback")
def admin_update_auth_event_feedback(session: Session, call: Call, request: Input) -> Output:
    pool = configuration.require_pool(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    _give(session, call, request, user.id, feedback.ADMIN)
    return {}


@family.writes("UpdateAuthEventFeedback")
def update_auth_event_feedback(session: Session, call: Call, request: Input) -> Output:
    """The token of a mail is all that the caller has; without it nothing is said of users."""
    pool = pools.present(session, request["UserPoolId"])
    risk_policy.require(pool.settings)
    user = users.find_by_sign_in_name(session, pool, request["Username"])
    if user is None:
        raise NotAuthorized(feedback.INVALID_TOKEN)
    feedback.check_token(call.kernel, user, request["EventId"], request["FeedbackToken"])
    _give(session, call, request, user.id, feedback.USER)
    return {}


def _give(session: Session, call: Call, request: Input, user_id: str, provider: str) -> None:
    now = call.kernel.clock.now()
    feedback.give(session, user_id, request["EventId"], request["FeedbackValue"], provider, now)
