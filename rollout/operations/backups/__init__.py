"""Copies of the database that come back whole: made while the site runs, checked, rotated.

`making` and `restoring` are the same for both databases; docs/backup.md is the runbook.
"""
