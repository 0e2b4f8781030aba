"""The data version: cached responses and results are valid as long as it is the same."""

import uuid

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DataVersion(models.Model):
    """The one row whose version is new after every change of what readers see.

    The version is random, not a count: after a rolled-back transaction a count would return with
    other facts.
    """

    number = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    version = models.CharField(max_length=32)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("data version")
        verbose_name_plural = _("data versions")

    def __str__(self) -> str:
        return self.version

    @classmethod
    def current(cls) -> str:
        """Return the version, "" while no fact was ever saved. One query."""
        # Every response that is rendered asks: a query set takes half a millisecond to write it.
        with connection.cursor() as cursor:
            cursor.execute("SELECT version FROM rollout_dataversion")
            row = cursor.fetchone()
        return row[0] if row else ""

    @classmethod
    def renew(cls) -> None:
        """Set a new version; to be called in the transaction that changes facts."""
        new = {"version": uuid.uuid4().hex, "since": timezone.now()}
        cls.objects.update_or_create(number=1, defaults=new)
