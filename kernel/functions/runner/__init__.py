"""The program that runs functions: one process, one function, one call at a time.

It is started as `python -I` with an environment of its own and holds no secret. It imports nothing
but the standard library, `kernel.functions.frames` and `kernel.functions.setup`.
"""
