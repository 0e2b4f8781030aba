"""The stages of languages: who may read the site in each."""

from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from rollout.models.content_tracking import keep_history


def translated_languages() -> list[tuple[str, str]]:
    """Return the languages that have a stage, as choices: all but those of FULL_LANGUAGES.

    A function, which migrations name, so that another language needs none.
    """
    return [choice for choice in settings.LANGUAGES if choice[0] not in settings.FULL_LANGUAGES]


class Stage(models.TextChoices):
    """Who may read the site in a language."""

    HIDDEN = "hidden", _("hidden: nobody")
    PREVIEW = "preview", _("preview: editors only")
    PUBLIC = "public", _("public: everybody")


class Language(models.Model):
    """The stage of a language; one without a row is hidden, those of FULL_LANGUAGES are public."""

    code = models.CharField(
        _("language"), max_length=12, primary_key=True, choices=translated_languages
    )
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.HIDDEN)

    history = keep_history()

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage__in=Stage.values),
                name="language_stage_known",
                violation_error_message=_("This is not a stage of a language."),
            )
        ]

    def __str__(self) -> str:
        return str(self.get_code_display())

    @classmethod
    def public_codes(cls) -> list[str]:
        """Return the codes of the languages that everybody may read: one query.

        In the order of LANGUAGES.
        """
        # Every response that is rendered asks: a query set takes half a millisecond to write it.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT code FROM rollout_language WHERE stage = %s", [Stage.PUBLIC.value]
            )
            public = {*settings.FULL_LANGUAGES, *(code for (code,) in cursor.fetchall())}
        return [code for code, _name in settings.LANGUAGES if code in public]
