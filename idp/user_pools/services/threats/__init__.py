"""Threat protection: compromised passwords, risky sign-ins, and the history of events.

`rules.risk` scores, `rules.risk_policy` says what follows; here is what they are asked with and
what is kept. Nothing here reads the database for a pool whose AdvancedSecurityMode is OFF.
"""
