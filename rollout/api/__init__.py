"""The typed, read-only API under /api/v1/, over the rows of open_data."""

from rollout.api.views import api

__all__ = ["api"]
