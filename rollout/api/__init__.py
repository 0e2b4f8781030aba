"""The typed, read-only API under /api/v1/, over the rows of rows/."""

from rollout.api import files as files  # imports views.py: both register their addresses
from rollout.api.endpoint import api

__all__ = ["api"]
