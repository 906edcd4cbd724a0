from __future__ import annotations

from kernel.aws.compatibility import render
from kernel.aws.contract import services
from kernel.aws.operations import OperationFamily
from tests.kernel.aws import toys


def test_the_page_lists_every_operation_of_every_service():
    page = render([])
    for service in services():
        section = page.partition(f"\n## {service.name}\n")[2].partition("\n## ")[0]
        for name in service.operation_names:
            assert f"\n| {name} | not yet |\n" in section


def test_states_are_those_of_the_registered_families():
    page = render(toys.families([]))
    assert "| DescribeUserPool | enforced |" in page
    assert "| ListGroups | not yet |" in page
    enforced = len(toys.families([])[0].handlers)
    assert f"| cognito-idp | 141 | {enforced} | {141 - enforced} | 2 |" in page


def test_members_that_nothing_acts_on_are_named_with_the_reason():
    page = render(toys.families([]))
    assert "| CreateUserPool | enforced; configured only: SmsConfiguration.SnsCallerArn |" in page
    assert "| SmsConfiguration.SnsCallerArn | CreateUserPool | nothing sends SMS |" in page
    assert "| AnalyticsMetadata | ConfirmForgotPassword, ConfirmSignUp, ForgotPassword, " in page


def test_a_member_that_two_operations_leave_alone_for_other_reasons_has_both():
    parts = {"GetTags": "tags are few", "GetApiKeys": "keys are fewer"}
    families = [
        OperationFamily("apigateway", configured_only={"limit": why}, handlers={name: print})
        for name, why in parts.items()
    ]
    page = render(families)
    for name, why in parts.items():
        assert f"| limit | {name} | {why} |" in page
    assert "| apigateway | 124 | 2 | 122 | 1 |" in page
