"""SetLogDeliveryConfiguration and GetLogDeliveryConfiguration."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import log_delivery, pools
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("SetLogDeliveryConfiguration")
def set_log_delivery_configuration(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    log_delivery.configure(session, call.kernel, pool, request["LogConfigurations"])
    return {"LogDeliveryConfiguration": log_delivery.describe(session, pool)}


@family.reads("GetLogDeliveryConfiguration")
def get_log_delivery_configuration(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    return {"LogDeliveryConfiguration": log_delivery.describe(session, pool)}
