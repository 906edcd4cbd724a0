"""Directories that speak LDAP v3 (RFC 4511), Active Directory among them.

ldap3 writes the requests. What comes back is read here (`ber`), by a reader that takes linear time
and nothing but what RFC 4511 §5.1 allows, whatever a server sends.
"""
