"""Certificates by ACME (RFC 8555), the HTTP-01 challenge, for names that have none of their own."""
