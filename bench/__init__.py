"""Reference loads: what leadrun does, beside what the same HTTP server does with nothing behind it."""
