"""OpenAPI 2.0 and 3.0 documents with API Gateway's extensions: read into values, and written back.

Everything here is pure: bytes and values in, values and text out. `rest` and `http` hold what a
document says of an API of each kind, by the member names of the control plane's own requests.
"""
