"""How languages are named to networks."""

import pytest

from rollout.syndication.share_links import og_locale


@pytest.mark.parametrize(
    ("language", "locale"),
    [
        ("en", "en_GB"),
        ("fr", "fr_FR"),
        ("ar", "ar_EG"),
        ("pt", "pt_PT"),
        ("pt-br", "pt_BR"),
        ("es", "es_ES"),
        ("it", "it_IT"),
        ("de", "de_DE"),
        ("tr", "tr_TR"),
        ("ro", "ro_RO"),
        ("zh-hans", "zh_CN"),
        ("uk", "uk_UA"),
        ("pl", "pl_PL"),
        ("nl", "nl_NL"),
    ],
)
def test_open_graph_gets_each_language_with_a_territory(language, locale):
    assert og_locale(language) == locale
