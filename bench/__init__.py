"""Reference loads: measure leadrun, and compare it with a bare app on the same HTTP server."""
