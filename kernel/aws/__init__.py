"""The AWS wire, derived from botocore's service models."""
