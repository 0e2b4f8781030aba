"""Django's PostgreSQL, for a server: one that hangs is given up."""
