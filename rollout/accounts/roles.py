"""Who may do what: roles, which are groups. A person can have several; a superuser may all."""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils.translation import get_language_info, pgettext
from django.utils.translation import gettext as _

from rollout.models import (
    Collectivity,
    Commune,
    EntryText,
    FormerName,
    Intercommunality,
    PostalLocality,
)
from rollout.models.texts import Text, languages, reference_language

EDITOR = "Editor"
ADMINISTRATOR = "Administrator"
REFERENCE = [Collectivity, Commune, FormerName, Intercommunality, PostalLocality]


def translator(language: str) -> str:
    """Return the name of the role that writes in one language only."""
    return f"Translator: {language}"


def translated_language(role: str) -> str:
    """Return the name, in the active language, of the only one that a role writes in; else ""."""
    codes = {translator(code): code for code, _name in languages()}
    return str(get_language_info(codes[role])["name_translated"]) if role in codes else ""


def role_name(role: str) -> str:
    """Return what a role is called in the active language; other groups keep their names."""
    if role == EDITOR:
        return pgettext("role", "Editor")
    if role == ADMINISTRATOR:
        return pgettext("role", "Administrator")
    language = translated_language(role)
    return _("Translator into {language}").format(language=language) if language else role


def role_description(role: str) -> str:
    """Return in the active language what a role may do; "" for other groups."""
    if role == EDITOR:
        return _("changes all facts, and all texts in every language")
    if role == ADMINISTRATOR:
        return _("adds people and gives roles; changes no facts")
    if language := translated_language(role):
        return _("writes the texts in {language}; reads all else").format(language=language)
    return ""


def writable_languages(user: User | AnonymousUser) -> set[str]:
    """Return the codes of the languages in which a user may write texts."""
    return {code for code, _name in languages() if user.has_perm(f"rollout.write_{code}")}


@transaction.atomic
def make_roles() -> list[str]:
    """Create the groups, or reset their permissions; members stay. Return the groups' names."""
    tracked = [
        row for row in apps.get_app_config("rollout").get_models() if hasattr(row, "history")
    ]
    texts = [model for model in tracked if issubclass(model, Text)]
    to_read = _allow(["view"], [*tracked, *REFERENCE])
    to_translate = to_read | _allow(["add", "change"], texts)
    codes = [code for code, _name in languages()]
    roles = {
        EDITOR: to_read | _allow(["add", "change"], tracked) | _write(codes),
        ADMINISTRATOR: _allow(["view", "add", "change"], [User]) | _allow(["view"], [Group]),
        **{translator(c): to_translate | _write([c]) for c in codes if c != reference_language()},
    }
    for name, permissions in roles.items():
        Group.objects.get_or_create(name=name)[0].permissions.set(permissions)
    return list(roles)


def _allow(actions: Iterable[str], models: Iterable[type[Model]]) -> QuerySet[Permission]:
    """Return Django's own permissions for these actions on these models."""
    condition = Q()
    for model in models:
        names = [get_permission_codename(action, model._meta) for action in actions]
        condition |= Q(content_type__app_label=model._meta.app_label, codename__in=names)
    return Permission.objects.filter(condition)


def _write(codes: Iterable[str]) -> QuerySet[Permission]:
    """Return our permissions to write in these languages, made where they are missing."""
    texts = ContentType.objects.get_for_model(EntryText)
    for code in codes:
        Permission.objects.get_or_create(
            content_type=texts,
            codename=f"write_{code}",
            defaults={"name": f"May write texts in {code}"},
        )
    names = [f"write_{code}" for code in codes]
    return Permission.objects.filter(content_type=texts, codename__in=names)
