"""PostgreSQL and Valkey from wheels, and leadrun's own processes, as children of `leadrun up` and of the tests."""
