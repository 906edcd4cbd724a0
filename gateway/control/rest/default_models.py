"""The two models that every new REST API has."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.control.models import Api
from gateway.control.repository import ID_ALPHABET
from gateway.control.rest.models import MODEL, Part
from kernel.clock import Randomness

EMPTY = """{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title" : "Empty Schema",
  "type" : "object"
}"""
ERROR = """{
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "Error Schema",
  "type" : "object",
  "properties" : {
    "message" : { "type" : "string" }
  }
}"""


def add_default_models(session: Session, api: Api, randomness: Randomness) -> None:
    """Give a new API `Empty` and `Error`, with the descriptions that AWS gives them."""
    for name, schema in (("Empty", EMPTY), ("Error", ERROR)):
        document = {
            "description": f"This is a default {name.lower()} schema model",
            "contentType": "application/json",
            "schema": schema,
        }
        part_id = randomness.text(6, ID_ALPHABET)
        session.add(Part(api_id=api.id, kind=MODEL, id=part_id, name=name, document=document))
