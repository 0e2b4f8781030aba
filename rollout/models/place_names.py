"""Names by which departments are found: reference rows, replaced in bulk, and aliases."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from rollout.models.places import Department, Region


class ReferenceFile(models.Model):
    """A file of reference rows as last loaded; its SHA-256 digest shows whether it changed."""

    name = models.CharField(max_length=60, primary_key=True)
    digest = models.CharField(max_length=64)
    row_count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("reference file")
        verbose_name_plural = _("reference files")

    def __str__(self) -> str:
        return self.name


class CommuneKind(models.TextChoices):
    """The kinds of the official list of communes (INSEE, COG)."""

    COMMUNE = "C", _("commune")
    ARRONDISSEMENT = "M", _("municipal arrondissement")
    DELEGATED = "D", _("commune déléguée")
    ASSOCIATED = "A", _("commune associée")


class Commune(models.Model):
    """A commune, or a part of one, with its postcodes. A reference row: read-only for editors."""

    insee = models.CharField(_("INSEE code"), max_length=5)
    name = models.CharField(_("name"), max_length=100)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="communes", verbose_name=_("department")
    )
    kind = models.CharField(_("kind"), max_length=1, choices=CommuneKind)
    postcodes = models.CharField(_("postcodes"), max_length=300, blank=True)
    population = models.PositiveIntegerField(_("population"), default=0)
    parent = models.CharField(_("part of"), max_length=5, blank=True)

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ["insee", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["insee", "kind"], name="commune_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.insee})"


class FormerName(models.Model):
    """The name of a commune that no longer exists. A reference row: read-only for editors."""

    name = models.CharField(_("former name"), max_length=100)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="former_names", verbose_name=_("department")
    )
    commune = models.CharField(_("commune of today"), max_length=5)
    commune_name = models.CharField(_("its name"), max_length=100)

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        ordering = ["name", "commune"]

    def __str__(self) -> str:
        return self.name


class Collectivity(models.Model):
    """A commune of an overseas collectivity, which is no department. A reference row."""

    insee = models.CharField(_("INSEE code"), max_length=5, primary_key=True)
    name = models.CharField(_("name"), max_length=100)
    collectivity = models.CharField(_("number"), max_length=3)
    collectivity_name = models.CharField(_("collectivity"), max_length=100)
    postcodes = models.CharField(_("postcodes"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("commune of a collectivity")
        verbose_name_plural = _("communes of collectivities")
        ordering = ["insee"]

    def __str__(self) -> str:
        return self.name


class Intercommunality(models.Model):
    """A group of communes: a métropole, a communauté. A reference row: read-only for editors."""

    siren = models.CharField(_("SIREN number"), max_length=9, primary_key=True)
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=5)
    departments = models.CharField(
        _("departments"), max_length=60, help_text=_("By their share of its people.")
    )
    population = models.PositiveIntegerField(_("population"), default=0)

    class Meta:
        verbose_name = _("group of communes")
        verbose_name_plural = _("groups of communes")
        ordering = ["siren"]

    def __str__(self) -> str:
        return self.name


class PostalLocality(models.Model):
    """A name that La Poste uses and that is no commune's. A reference row: read-only."""

    name = models.CharField(_("name"), max_length=100)
    postcode = models.CharField(_("postcode"), max_length=5)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="localities", verbose_name=_("department")
    )
    commune = models.CharField(_("INSEE code"), max_length=5)
    street_count = models.PositiveIntegerField(_("streets"), default=0)

    class Meta:
        verbose_name = _("locality of La Poste")
        verbose_name_plural = _("localities of La Poste")
        ordering = ["name", "commune"]

    def __str__(self) -> str:
        return self.name


class AliasKind(models.TextChoices):
    """The kind of an alias, on which ranking and wording depend."""

    AREA = "area_approx", _("area without official borders")
    FORMER_REGION = "former_region", _("former region")
    INTERIM_REGION = "interim_region_2016", _("region's name of early 2016")
    FORMER_DEPARTMENT = "former_department", _("department's former name")
    DEPARTMENT_EXONYM = "department_exonym", _("department in another language")
    DEPARTMENT_NICKNAME = "department_nickname", _("department's other name")
    REGION_EXONYM = "region_exonym", _("region in another language")
    REGION_SHORT = "region_short", _("region's short name")
    CITY_EXONYM = "city_exonym", _("town in another language")
    WELL_KNOWN_PLACE = "well_known_place", _("place that is no commune")
    COLLECTIVITY = "collectivity_exonym", _("overseas collectivity's other name")


class AliasTarget(models.TextChoices):
    """What the codes of an alias are codes of."""

    REGION = "region", _("a region")
    DEPARTMENTS = "departments", _("one or several departments")
    COMMUNE = "commune", _("a commune")
    COLLECTIVITY = "collectivity", _("an overseas collectivity")


class Alias(models.Model):
    """Another name of a region, of departments or of a commune: an exonym, a nickname, an area."""

    name = models.CharField(_("alias"), max_length=100)
    kind = models.CharField(_("kind"), max_length=30, choices=AliasKind)
    target_type = models.CharField(_("leads to"), max_length=20, choices=AliasTarget)
    target_codes = models.CharField(
        _("INSEE code"),
        max_length=400,
        validators=[
            RegexValidator(r"^\w{2,5}(\|\w{2,5})*\Z", _("Write codes such as 53, 01|71 or 69123."))
        ],
        help_text=_("Of a region (53), of a commune (69123), or of departments, such as 01|71."),
    )
    language = models.CharField(
        _("language"), max_length=12, help_text=_("Its code, such as en, ru or zh_CN.")
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Untick to withdraw it: search forgets it at once.")
    )

    known_targets: set[tuple[str, str]] | None = None
    """What `existing_targets` returned for it and others; None: `clean` asks the database."""

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")
        ordering = ["name", "kind", "target_codes"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "kind", "target_type", "target_codes"],
                name="alias_once",
                violation_error_message=_("This alias exists already."),
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AliasKind.values),
                name="alias_kind_known",
                violation_error_message=_("This is not a kind of alias."),
            ),
            models.CheckConstraint(
                condition=models.Q(target_type__in=AliasTarget.values),
                name="alias_target_known",
                violation_error_message=_("This is not what an alias can lead to."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an alias of a place that does not exist.

        Raises:
            ValidationError: a code is no place's, or several codes are not of departments.
        """
        if not self.target_codes:
            return  # the field itself says that it is required
        known = existing_targets([self]) if self.known_targets is None else self.known_targets
        missing = sorted({(self.target_type, code) for code in self.codes} - known)
        if missing:
            message = _("There is no such place: %(codes)s.")
            codes = ", ".join(code for _type, code in missing)
            raise ValidationError({"target_codes": message % {"codes": codes}})
        if self.target_type != AliasTarget.DEPARTMENTS and len(self.codes) > 1:
            raise ValidationError({"target_codes": _("Only departments can be several.")})

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of the places it names, in the order given."""
        return tuple(self.target_codes.split("|"))


def existing_targets(aliases: Iterable[Alias]) -> set[tuple[str, str]]:
    """Return those types and codes of targets that are places': a query for each type."""
    codes: dict[str, set[str]] = {}
    for alias in aliases:
        codes.setdefault(alias.target_type, set()).update(alias.codes)
    towns = Commune.objects.filter(kind=CommuneKind.COMMUNE)
    places: dict[str, tuple[models.QuerySet, str]] = {
        AliasTarget.REGION: (Region.objects.all(), "code"),
        AliasTarget.DEPARTMENTS: (Department.objects.all(), "code"),
        AliasTarget.COLLECTIVITY: (Collectivity.objects.all(), "collectivity"),
        AliasTarget.COMMUNE: (towns, "insee"),
    }
    return {
        (target_type, code)
        for target_type, wanted in codes.items()
        if target_type in places
        for rows, name in [places[target_type]]
        for code in rows.filter(**{f"{name}__in": wanted}).values_list(name, flat=True)
    }
