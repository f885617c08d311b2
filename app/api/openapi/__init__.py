"""The OpenAPI document and how operations are declared."""
