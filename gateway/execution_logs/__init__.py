"""The execution logs of REST APIs: what happened to a request on its way."""
