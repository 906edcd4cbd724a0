"""SMS senders: one file each, with a `from_settings`, and one entry in `SMS_SENDERS`."""

from __future__ import annotations

from collections.abc import Callable

from kernel.messaging.message import Sender
from kernel.messaging.sms import webhook
from kernel.outbound import Outbound
from kernel.settings import SettingError, Settings

SMS_SENDERS: dict[str, Callable[[Settings, Outbound], Sender]] = {
    webhook.NAME: webhook.WebhookSender.from_settings,
}


def sms_sender(settings: Settings, outbound: Outbound) -> Sender:
    """The sender that `sms_sender` names. Raises `SettingError`."""
    check_name(settings)
    return SMS_SENDERS[str(settings.sms_sender)](settings, outbound)


def check_name(settings: Settings) -> None:
    """Raises `SettingError` for a sender that there is not."""
    if settings.sms_sender and settings.sms_sender not in SMS_SENDERS:
        raise SettingError(f"sms_sender must be one of {', '.join(SMS_SENDERS)}.")
