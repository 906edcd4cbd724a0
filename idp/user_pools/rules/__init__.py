"""The rules of user pools as pure functions: values in, values out.

Nothing here knows a database, a web framework or a wire format; clock, randomness and keys come
from the caller. Every refusal is an error of `idp.errors`.
"""
