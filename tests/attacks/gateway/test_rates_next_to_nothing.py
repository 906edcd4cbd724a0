"""A limit that one API sets takes nothing away from all others."""

from __future__ import annotations

import pytest

from kernel.shared_state.valkey import Valkey


@pytest.mark.parametrize("rate", [1e-15, 1e-20, 1e-300, 5e-324, 1e300])
def test_no_rate_makes_valkey_seem_away(valkey_url: str, rate: float):
    state = Valkey(valkey_url)
    try:
        bucket = f"gateway/abc123/prod/{rate}"
        assert state.take(bucket, rate, 1, 0.0)
        for number in range(3):
            state.take(bucket, rate, 1, 1.0 + number)
            # Claims are refused while it is away, and nobody could sign in.
            assert state.claim(f"sign-in {rate} {number}", 60)
    finally:
        state.close()
