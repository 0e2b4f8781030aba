"""Django's SQLite, for a server: a database file that is missing or exchanged is noticed."""
