"""On SQLite, sends the cache's queries to its own file, whose table each connection makes."""

from typing import Any

from django.db.models import Model

ALIAS = "cache"


class CacheRouter:
    """Knows the model of Django's DatabaseCache, which is in no app, by its label."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """Return the alias of the cache for its model, None for all others."""
        return ALIAS if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Allow each database its own tables only."""
        return (db == ALIAS) == (app_label == "django_cache")
