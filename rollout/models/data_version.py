"""Which edition of the facts the database holds: what is built of them is good as long as it."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DataVersion(models.Model):
    """The one row whose stamp is new after every change of what readers see.

    The stamp is a chance number, not a count: after a rolled-back transaction a count would come
    again with other facts.
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
        """Return the stamp, "" while no fact was ever saved. One query."""
        return cls.objects.values_list("version", flat=True).first() or ""

    @classmethod
    def renew(cls) -> None:
        """Say that facts change; to be called in the transaction that changes them."""
        new = {"version": uuid.uuid4().hex, "since": timezone.now()}
        cls.objects.update_or_create(number=1, defaults=new)
