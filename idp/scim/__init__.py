"""SCIM 2.0 (RFC 7643, RFC 7644): a company's directory provisions a pool's users and groups.

Its library is heavy and loaded with the first request (`blueprint`): nothing outside of this
package imports more of it than that module.
"""
