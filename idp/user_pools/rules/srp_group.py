"""Arithmetic in the group that Cognito's SRP uses: RFC 5054, appendix A, 3072 bits, g = 2.

gmpy2 does it, with the interpreter lock released, so that threads of the hub's pool run beside
the hub. A power of g with a 256-bit exponent comes from a table (0.15 ms); any other power takes
256 squarings (about 0.8 ms).
"""

from __future__ import annotations

from functools import cache

import gmpy2

MODULUS = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
GENERATOR = 2
ELEMENT_BYTES = 384
EXPONENT_BITS = 256

_WINDOW_BITS = 6
_MODULUS = gmpy2.mpz(MODULUS)


def power(base: int, exponent: int) -> int:
    """base ** exponent mod N."""
    # gmpy2's context belongs to a thread, so each thread has to say this for itself.
    gmpy2.get_context().allow_release_gil = True
    return int(gmpy2.powmod(base, exponent, _MODULUS))


def generator_power(exponent: int) -> int:
    """g ** exponent mod N for an exponent of at most 256 bits: one product for every 6 of them."""
    if exponent >> EXPONENT_BITS:
        raise ValueError("the exponent has more than 256 bits")
    result = gmpy2.mpz(1)
    for row in _generator_table():
        result = result * row[exponent & (len(row) - 1)] % _MODULUS
        exponent >>= _WINDOW_BITS
    return int(result)


@cache
def _generator_table() -> tuple[tuple[gmpy2.mpz, ...], ...]:
    """Row i holds g ** (digit << 6 i) for each digit: 43 rows, 1 MiB, made in 10 ms."""
    rows = []
    step = gmpy2.mpz(GENERATOR)
    for _ in range(-(-EXPONENT_BITS // _WINDOW_BITS)):
        row = [gmpy2.mpz(1)]
        for _ in range((1 << _WINDOW_BITS) - 1):
            row.append(row[-1] * step % _MODULUS)
        rows.append(tuple(row))
        step = row[-1] * step % _MODULUS
    return tuple(rows)
