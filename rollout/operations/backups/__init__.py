"""Backups of the database: made while the site runs, read again, rotated, restored.

`making` and `restoring` serve both database engines; docs/backup.md is the runbook.
"""
