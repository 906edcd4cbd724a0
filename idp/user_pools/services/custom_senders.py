"""CustomEmailSender and CustomSMSSender: functions that send messages in Poolgate's place.

The function gets the code encrypted (`kernel.functions.sender_codes`) under a key that belongs to
the pool's KMSKeyID; `poolgate keys sender` shows it to the operator. Cognito calls these functions
asynchronously: nobody waits for them, and their failures show in the log alone.
"""

from __future__ import annotations

from idp.models import User, UserPool
from idp.user_pools.rules.delivery import Delivery
from idp.user_pools.services import triggers
from idp.user_pools.services.triggers import TriggerEvent
from kernel.functions import sender_codes
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.threads import compute

SENDERS = {"email": "CustomEmailSender", "phone_number": "CustomSMSSender"}
TYPES = {
    "CustomEmailSender": "customEmailSenderRequestV1",
    "CustomSMSSender": "customSMSSenderRequestV1",
}


def sender_key(sealer: Sealer, key_id: str) -> bytes:
    """The key that stands for a KMS key. It stays the same while the oldest sealing key is kept."""
    return sealer.derive("sender-key", key_id)


def sender_of(pool: UserPool, attribute: str) -> str | None:
    """The function that sends to such addresses; None where Poolgate sends itself."""
    config: dict[str, str] | None = pool.settings["LambdaConfig"].get(SENDERS[attribute])
    return None if config is None else config["LambdaArn"]


def hand_over(
    kernel: Kernel, pool: UserPool, user: User, delivery: Delivery, function: str
) -> None:
    """Call the function. Raises what `triggers.call` raises."""
    attribute, address = delivery.destination.attribute, delivery.destination.address
    trigger = SENDERS[attribute]
    request = {
        "type": TYPES[trigger],
        "code": None if delivery.code is None else _encrypted(kernel, pool, delivery.code),
        "clientMetadata": dict(delivery.metadata),
        # An address that waits for its proof is not yet among the user's attributes.
        "userAttributes": {**triggers.user_attributes(user), attribute: address},
    }
    source = f"{trigger}_{delivery.source.partition('_')[2]}"
    event = TriggerEvent(trigger, source, user.username, request, client_id=delivery.client_id)
    triggers.call(kernel, pool, function, event)


def _encrypted(kernel: Kernel, pool: UserPool, code: str) -> str:
    key_id: str = pool.settings["LambdaConfig"]["KMSKeyID"]
    key = sender_key(kernel.sealer, key_id)
    return compute(sender_codes.encrypt, key_id, key, code, pool.id)
