from __future__ import annotations

import threading

import gmpy2
import pytest

from idp.user_pools.rules.srp_group import GENERATOR, MODULUS, generator_power, power


def test_the_modulus_is_the_safe_prime_of_rfc_5054():
    assert MODULUS.bit_length() == 3072
    assert gmpy2.is_prime(MODULUS)
    assert gmpy2.is_prime((MODULUS - 1) // 2)


@pytest.mark.parametrize("exponent", [0, 1, 2, 63, 64, 2**255 + 12345, 2**256 - 1])
def test_the_table_gives_the_powers_that_pow_gives(exponent):
    assert generator_power(exponent) == pow(GENERATOR, exponent, MODULUS)


def test_an_exponent_beyond_the_table_is_an_error_not_a_wrong_result():
    with pytest.raises(ValueError, match="256"):
        generator_power(2**256)


def test_power_agrees_with_pow_and_releases_the_interpreter_lock_in_every_thread():
    released = []

    def work() -> None:
        assert power(3, 2**200 + 1) == pow(3, 2**200 + 1, MODULUS)
        released.append(gmpy2.get_context().allow_release_gil)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert released == [True, True]
