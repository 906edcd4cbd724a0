"""The events that functions are called with, in both versions of the payload format.

API Gateway developer guide: "Input format of a Lambda function for proxy integration" (REST APIs)
and "Create AWS Lambda proxy integrations for HTTP APIs" (1.0 and 2.0).
"""
