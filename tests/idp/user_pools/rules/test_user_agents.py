from __future__ import annotations

import pytest

from idp.user_pools.rules import user_agents

MOZILLA = "Mozilla/5.0"
WINDOWS = f"{MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{WINDOWS} Chrome/130.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"{WINDOWS} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0", "Edge on Windows"),
        (f"{MAC} AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "Safari on macOS"),
        (f"{MOZILLA} (Linux; Android 15) Chrome/130.0 Safari/537.36", "Chrome on Android"),
        (f"{MOZILLA} (X11; CrOS x86_64) Chrome/130.0 Safari/537.36", "Chrome on ChromeOS"),
        ("Boto3/1.44 md/Botocore os/linux#6.1", "AWS SDK for Python on Linux"),
        ("okhttp/4.12.0", "app"),
        ("(Linux)", "Linux"),
        ("curl/8.0", "unknown"),
        ("", "unknown"),
        ("<script>alert(1)</script>" * 100, "unknown"),
    ],
)
def test_device_is_said_in_words(text: str, said: str) -> None:
    assert user_agents.describe(text) == said
