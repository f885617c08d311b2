"""PostgreSQL, the only truth, through SQLAlchemy Core."""
