"""The sitemaps: a language's has the indexed pages that can be read whole in it."""

import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.sitemaps import Sitemap
from django.utils.translation import override

from rollout.caching import fragments
from rollout.caching.languages import public_languages
from rollout.models.texts import reference_language
from rollout.pages import registry
from rollout.pages.page import Page

if TYPE_CHECKING:
    from django.contrib.sites.models import Site
    from django.contrib.sites.requests import RequestSite


class LanguageSitemap(Sitemap):
    """The sitemap of one language, in the order of the registry."""

    def __init__(self, language: str) -> None:
        self.language = language

    def items(self) -> list[Page]:
        """Return the indexed pages that can be read whole in it."""
        with override(self.language):
            pages = fragments.get_or_set("indexed pages", _indexed_pages)
            return [page for page in pages if page.is_whole]

    def location(self, item: Page) -> str:
        """Return a page's path, without scheme and host."""
        return item.path

    def lastmod(self, item: Page) -> datetime.date | None:
        """Return the day in Paris on which a page's content last changed."""
        return item.changed_on

    def get_urls(
        self,
        page: int | str = 1,
        site: "Site | RequestSite | None" = None,
        protocol: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return Django's dictionary for each page, with its alternates in other languages.

        Raises PageNotAnInteger or EmptyPage, as Django's does, for a part that does not exist.
        """
        urls = super().get_urls(page, site, protocol)
        for url in urls:
            item: Page = url["item"]
            origin = url["location"].removesuffix(item.path)
            rest = item.path.removeprefix(f"/{self.language}/")
            codes = [(code, code) for code in item.languages]
            url["alternates"] = [
                {"lang_code": lang_code, "location": f"{origin}/{code}/{rest}"}
                for lang_code, code in [*codes, ("x-default", reference_language())]
            ]
        return urls


def _indexed_pages() -> list[Page]:
    return registry.every_page(indexed_only=True)


def sitemaps() -> dict[str, type[Sitemap] | Sitemap]:
    """Return the sitemap of each public language by its code, in the order of LANGUAGES."""
    return {code: LanguageSitemap(code) for code in public_languages()}
