"""SDKs that are generated for a stage of a REST API: values in, the bytes of a zip out. Pure.

What runs in an SDK is a runtime that is the same for all APIs (`runtimes`). Of an API itself an SDK
has data, as JSON, and functions by names that `names` has made of letters and digits: nothing that
a document says becomes code.
"""
