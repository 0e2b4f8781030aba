"""Database engine: Django's SQLite, which notices a missing or replaced database file."""
