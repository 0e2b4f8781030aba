"""Database engine: Django's PostgreSQL, with a time-out for a server that hangs."""
