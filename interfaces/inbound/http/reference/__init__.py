"""The API described: OpenAPI 3.1 and a page to read and try it."""
