"""Custom domains over TLS: which certificate serves a name, and whom mutual TLS keeps out."""
