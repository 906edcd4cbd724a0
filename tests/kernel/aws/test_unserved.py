"""SDKs understand that a service is not here, whatever protocol they speak."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.servers.poolgate_server import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Poolgate

CALLS = [
    ("s3", "list_buckets", {}),
    ("s3", "list_objects_v2", {"Bucket": "photos"}),
    ("s3", "put_object", {"Bucket": "photos", "Key": "a/b", "Body": b"c"}),
    ("route53", "list_hosted_zones", {}),
    ("ec2", "describe_instances", {}),
    ("sns", "list_topics", {}),
    ("dynamodb", "list_tables", {}),
    ("sqs", "list_queues", {}),
    ("lambda", "list_functions", {}),
    ("cloudwatch", "list_metrics", {}),
]


@pytest.mark.parametrize(
    ("service", "operation", "members"), CALLS, ids=[f"{each[0]}-{each[1]}" for each in CALLS]
)
def test_a_service_that_is_not_here_is_refused_in_its_own_protocol(
    poolgate_server: Poolgate, service: str, operation: str, members: dict[str, Any]
) -> None:
    client = boto3.client(
        service,
        region_name=REGION,
        endpoint_url=poolgate_server.url,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )

    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**members)

    response = caught.value.response
    signer = {"cloudwatch": "monitoring"}.get(service, service)
    assert response["Error"]["Message"] == f"Poolgate does not have the service {signer}."
    assert response["Error"]["Code"].startswith("NotImplemented")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/plain", "X-Amz-Target": "a.b"},
        {"smithy-protocol": "rpc-v2-cbor"},
    ],
    ids=["xml", "json", "cbor"],
)
def test_what_a_caller_claims_to_sign_for_cannot_break_the_answer(
    poolgate_server: Poolgate, headers: dict[str, str]
) -> None:
    credential = f"AKIA/20260504/{REGION}/<b>&{'a' * 300}/aws4_request"
    signed = {**headers, "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=0"}

    answer = requests.post(poolgate_server.url, data=b"Action=A", headers=signed, timeout=10)

    assert answer.status_code == 501
    assert answer.headers["x-amzn-ErrorType"] == "NotImplementedException"
    if answer.headers["Content-Type"] == "text/xml":
        assert b"<b>" not in answer.content
        assert b"&lt;b&gt;&amp;aaa" in answer.content
