"""A small HTTP service that plays providers for test-mode keys."""
