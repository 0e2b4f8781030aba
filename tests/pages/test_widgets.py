"""Our list of choices is Django's, made faster."""

from django import forms
from pytest_django.asserts import assertHTMLEqual

from rollout.pages.widgets import Select

CHOICES = [("", "none <yet>"), ("2A", "2A Corse-du-Sud"), ('"', "l'Aisne & Cie"), (3, "a number")]


def html(widget, value, **attrs):
    class Form(forms.Form):
        use_required_attribute = False
        place = forms.ChoiceField(
            choices=CHOICES, widget=widget(attrs=attrs), required=False, help_text="Any."
        )

    return str(Form({"place": value})["place"])


def test_it_is_the_same_html_as_djangos_whatever_is_chosen():
    for value in ("", "2A", '"', "3", "no such choice", "<script>"):
        assertHTMLEqual(html(Select, value), html(forms.Select, value))
    assert html(Select, "2A").count("<option") == 4
    assert '<option value="2A" selected>' in html(Select, "2A")


def test_attributes_are_kept_and_escaped():
    assert 'data-x="&quot;&lt;"' in html(Select, "2A", **{"data-x": '"<'})
