"""The LeadModule dialect (camelCase, one contact a request)."""
