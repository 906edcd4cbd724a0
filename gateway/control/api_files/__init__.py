"""OpenAPI files as the source of truth of APIs: what `poolgate apis` does, beyond AWS."""
