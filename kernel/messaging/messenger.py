"""Where messages leave: each channel has one sender, by settings."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.messaging.message import Message, Sender
from kernel.messaging.outbox import Outbox
from kernel.messaging.sms import sms_sender
from kernel.messaging.smtp import SmtpSender
from kernel.outbound import Outbound
from kernel.settings import Settings


@dataclass(frozen=True)
class Messenger:
    """Sends e-mail and SMS."""

    email: Sender
    sms: Sender

    @classmethod
    def from_settings(cls, settings: Settings, outbound: Outbound) -> Messenger:
        """SMTP and the named SMS sender where configured, else the outbox.

        Raises `SettingError` for an SMS sender that does not exist.
        """
        outbox = Outbox.of(settings)
        return cls(
            email=SmtpSender.from_settings(settings) if settings.smtp_url else outbox,
            sms=sms_sender(settings, outbound) if settings.sms_sender else outbox,
        )

    def send(self, message: Message) -> None:
        """Hand the message over to its channel's sender. Raises `DeliveryFailed`."""
        sender = self.email if message.channel == "email" else self.sms
        sender.send(message)
