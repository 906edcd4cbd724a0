"""The table of services agrees with botocore's service models."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader

from gateway.integrations.service_actions import ACTIONS, Query, signing_name

MODELS = {
    "email": "ses",
    "events": "events",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "streams.dynamodb": "dynamodbstreams",
}


@pytest.mark.parametrize("service", sorted(ACTIONS))
def test_services_speak_as_their_models_say(service):
    model = Loader().load_service_model(MODELS.get(service, service), "service-2")["metadata"]
    protocol = ACTIONS[service]
    spoken = model.get("protocols") or [model["protocol"]]
    if isinstance(protocol, Query):
        # Queues take both protocols; their model names the newer one alone.
        assert "query" in spoken or service == "sqs"
        assert protocol.version == model["apiVersion"]
    else:
        assert "json" in spoken
        assert (protocol.target, protocol.version) == (model["targetPrefix"], model["jsonVersion"])
    assert service == model["endpointPrefix"]
    assert signing_name(service) == model.get("signingName", model["endpointPrefix"])
