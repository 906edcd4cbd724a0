"""Codes on their way to the functions that send them: the AWS Encryption SDK's message format.

Cognito encrypts what CustomEmailSender and CustomSMSSender get under a KMS key (developer guide,
"Custom sender Lambda triggers"). The key here is a raw AES-256 key, KMSKeyID its name. Functions
import this module as `poolgate_codes`: it needs nothing but the SENDER_KEYS of their environment.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

PROVIDER = "poolgate"
"""The provider's name in the messages."""
VARIABLE = "SENDER_KEYS"
"""`KMS_KEY_ARN=BASE64`, several of them apart by spaces."""


class Undecryptable(ValueError):
    """The code cannot be read with the keys that are there."""


def encrypt(key_id: str, key: bytes, plain: str, pool_id: str) -> str:
    """The `code` of an event, in base64. `key` is 32 bytes."""
    from aws_encryption_sdk import EncryptionSDKClient  # takes long, and few pools need it
    from aws_encryption_sdk.identifiers import AlgorithmSuite

    message, _ = EncryptionSDKClient().encrypt(
        source=plain.encode(),
        key_provider=_provider({key_id: key}),
        encryption_context={"userpool-id": pool_id},
        # Who can read the key could sign as well, so a signature would prove nothing more.
        algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    )
    return base64.b64encode(message).decode()


def decrypt_code(event: Mapping[str, Any], keys: Mapping[str, bytes] | None = None) -> str | None:
    """The code or temporary password in an event; None where it holds none.

    `keys` are those of SENDER_KEYS, unless others are given. Raises `Undecryptable`.
    """
    code = event["request"].get("code")
    if code is None:
        return None
    from aws_encryption_sdk import EncryptionSDKClient
    from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
    from cryptography.exceptions import InvalidTag

    provider = _provider(_from_environment() if keys is None else keys)
    try:
        message = base64.b64decode(code, validate=True)
        plain, header = EncryptionSDKClient().decrypt(source=message, key_provider=provider)
    except (AWSEncryptionSDKClientError, InvalidTag, ValueError):
        raise Undecryptable("SENDER_KEYS has no key that opens this code") from None
    if header.encryption_context.get("userpool-id") != event["userPoolId"]:
        raise Undecryptable("the code is of another user pool")
    return str(plain.decode())


def variable(key_id: str, key: bytes) -> str:
    """The line of a function's environment that lets it read codes."""
    return f"{VARIABLE}={key_id}={base64.b64encode(key).decode()}"


def _from_environment() -> dict[str, bytes]:
    pairs = (entry.partition("=") for entry in os.environ.get(VARIABLE, "").split())
    return {key_id: base64.b64decode(encoded) for key_id, _, encoded in pairs}


def _provider(keys: Mapping[str, bytes]) -> Any:
    """The SDK's provider of raw AES keys."""
    from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm
    from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
    from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

    class Provider(RawMasterKeyProvider):  # type: ignore[misc]  # the SDK has no annotations
        provider_id = PROVIDER

        def _get_raw_key(self, key_id: bytes) -> Any:
            return WrappingKey(
                wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
                wrapping_key=keys[key_id.decode()],
                wrapping_key_type=EncryptionKeyType.SYMMETRIC,
            )

    if not keys:
        raise Undecryptable("SENDER_KEYS is not set")
    provider = Provider()
    provider.add_master_keys_from_list([key_id.encode() for key_id in keys])
    return provider
