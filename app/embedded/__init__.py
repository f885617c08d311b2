"""PostgreSQL and Redis from wheels, as children of `leadrun up` and of the tests."""
