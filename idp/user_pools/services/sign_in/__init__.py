"""Signing in: a flow starts, may pose challenges, and ends with tokens.

`machine` is the table of flows and challenges; each flow has a module of its own.
"""
