"""JSON Schema draft 4, which the models of REST APIs are written in.

    schema = compile_schema({"type": "object", ...}, models={"Pet": {...}})
    schema.accepts({"name": "Rex"})

A schema compiles into a tree of checks once; a document is checked in bounded work, and `pattern`
by the linear engine, so that neither an API's schema nor a client's body can hold a worker.
"""

from gateway.schemas.schema import InvalidSchema, Schema, TooMuchWork, compile_schema

__all__ = ["InvalidSchema", "Schema", "TooMuchWork", "compile_schema"]
