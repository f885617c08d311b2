"""The sandbox: an HTTP service with made-up vendors for test-mode keys."""
