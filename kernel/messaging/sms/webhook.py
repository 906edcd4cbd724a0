"""SMS by HTTP: each message is posted as JSON to one URL of the operator's."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from kernel.messaging.message import DeliveryFailed, Message
from kernel.outbound import Outbound, OutboundError
from kernel.settings import SettingError, Settings

NAME = "webhook"


@dataclass(frozen=True)
class WebhookSender:
    """Posts `{"to", "body", "code"}`; any status of 2xx means that the message was taken."""

    url: str = field(repr=False)
    outbound: Outbound = field(repr=False)

    @classmethod
    def from_settings(cls, settings: Settings, outbound: Outbound) -> WebhookSender:
        if not settings.sms_webhook_url:
            raise SettingError("sms_webhook_url must be set for sms_sender webhook.")
        return cls(settings.sms_webhook_url, outbound)

    def send(self, message: Message) -> None:
        content = {"to": message.to, "body": message.body, "code": message.code}
        try:
            reply = self.outbound.request(
                "POST",
                self.url,
                headers={"Content-Type": "application/json"},
                body=orjson.dumps(content),
                trusted=True,
            )
        except OutboundError as error:
            raise DeliveryFailed(f"the SMS webhook failed: {error}") from None
        if not 200 <= reply.status < 300:
            raise DeliveryFailed(f"the SMS webhook answered {reply.status}")
