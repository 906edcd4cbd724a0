"""Which ExplicitAuthFlows allow which flow."""

from __future__ import annotations

import botocore.session
import pytest

from idp.user_pools.rules import auth_flows
from idp.user_pools.services.sign_in import machine

NO_SIGN_IN = {
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_CLIENT_TOKEN_AUTH",
    "ALLOW_TOKEN_EXCHANGE_DELEGATION",
    "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
}


def test_every_flow_has_a_beginning():
    assert set(machine.FLOWS) == set(auth_flows.FLOWS)


def test_every_value_of_the_service_model_allows_a_flow_or_is_no_sign_in():
    model = botocore.session.get_session().get_service_model("cognito-idp")
    values = set(model.shape_for("ExplicitAuthFlowsType").enum) | NO_SIGN_IN
    allowing = set().union(*(flow.allowed_by for flow in auth_flows.FLOWS.values()))
    assert values - NO_SIGN_IN == allowing
    assert {value for value in values if not value.startswith("ALLOW_")} == auth_flows.LEGACY


@pytest.mark.parametrize(
    ("explicit", "sends_password", "by_verifier"),
    [
        (["ALLOW_USER_PASSWORD_AUTH"], True, []),
        (["ALLOW_ADMIN_USER_PASSWORD_AUTH"], True, []),
        (["ALLOW_USER_AUTH"], True, []),
        (["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"], False, ["ALLOW_USER_SRP_AUTH"]),
        (["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], False, []),
        (["USER_PASSWORD_AUTH"], True, ["USER_PASSWORD_AUTH"]),
        (["ADMIN_NO_SRP_AUTH"], True, ["ADMIN_NO_SRP_AUTH"]),
        (["CUSTOM_AUTH_FLOW_ONLY"], False, []),
        ([], False, []),
    ],
    ids=str,
)
def test_flows_that_send_the_password_and_those_that_need_a_verifier(
    explicit, sends_password, by_verifier
):
    assert auth_flows.may_send_password(explicit) is sends_password
    assert auth_flows.needing_verifier(explicit) == set(by_verifier)
