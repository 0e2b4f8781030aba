"""Style sheets are sent without their layout, and say the same."""

import pytest
from django.conf import settings

from site_config.static_files import compact_css
from tests.support.static_files import collected

# Rules as a browser reads them: properties, selectors and strings as it would apply them.
PARSED = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return [...sheet.cssRules].map((rule) => rule.cssText);
}"""
SHEETS = sorted(f"css/{path.name}" for path in (settings.BASE_DIR / "static/css").iterdir())


@pytest.mark.parametrize(
    ("css", "compact"),
    [
        ("a {\n  color: red;\n}\n\nb {\n  top: 0;\n}\n", "a {color: red;}b {top: 0;}"),
        ("/* one\n two */\na,\nb > c {\n  top: 0; /* why */\n}", "a,b > c {top: 0;}"),
        ("a {\n  margin: 1px\n    2px;\n}", "a {margin: 1px\n2px;}"),
        ('a::after {\n  content: "  /* {  b */  ";\n}', 'a::after {content: "  /* {  b */  ";}'),
        ("a {\n  content: ' \\' /* ' \"\\\"/*\";\n}", "a {content: ' \\' /* ' \"\\\"/*\";}"),
        ("a {\n  width: calc(1px + 2px);\n}", "a {width: calc(1px + 2px);}"),
        ("a :hover,\n.b .c {\n  top: 0;\n}", "a :hover,.b .c {top: 0;}"),
    ],
)
def test_only_comments_indentation_and_needless_line_ends_go(css, compact):
    assert compact_css(css) == compact
    assert compact_css(compact) == compact


@pytest.mark.browser
def test_a_browser_reads_the_same_rules_in_the_sheets_that_are_sent(page, tmp_path):
    source = settings.BASE_DIR / "static"
    sent = collected(SHEETS, source, tmp_path)
    for name in SHEETS:
        written = (source / name).read_text(encoding="utf-8")
        assert len(sent[name]) < 0.86 * len(written.encode())
        rules = page.evaluate(PARSED, written)
        assert rules
        assert page.evaluate(PARSED, sent[name].decode()) == rules
