"""The admin's forms as a browser fills them in and sends them."""

import html as entities
import re

from django.urls import reverse


def form_values(html):
    """Return what a browser would send back of the admin's form."""
    form = html.split('id="content-main"')[1]
    values: dict[str, list[str]] = {}
    for attributes in re.findall(r"<input ([^>]*)>", form):
        name = re.search(r'name="([^"]+)"', attributes)
        kind = re.search(r'type="([^"]+)"', attributes)
        value = re.search(r'value="([^"]*)"', attributes)
        if not name or (kind and kind[1] in ("submit", "file")) or " disabled" in attributes:
            continue
        if kind and kind[1] in ("checkbox", "radio") and "checked" not in attributes:
            continue
        default = "on" if kind and kind[1] == "checkbox" else ""
        values.setdefault(name[1], []).append(entities.unescape(value[1]) if value else default)
    for name, attributes, content in re.findall(
        r'<textarea name="([^"]+)"([^>]*)>\r?\n?(.*?)</textarea>', form, re.DOTALL
    ):
        if " disabled" in attributes:
            continue
        values[name] = [entities.unescape(content).replace("\n", "\r\n")]  # as browsers do
    for name, attributes, content in re.findall(
        r'<select name="([^"]+)"(.*?)>(.*?)</select>', form, re.DOTALL
    ):
        if " disabled" in attributes:
            continue
        values[name] = re.findall(r'<option value="([^"]*)"[^>]*selected', content)
    return values


def change(page, row, **values):
    """Open a row's form, fill it in and save it."""
    address = reverse(f"admin:rollout_{row._meta.model_name}_change", args=[row.pk])
    sent = form_values(page.get(address).content.decode()) | noted(values)
    return page.post(address, sent)


def add(page, model, **values):
    """Open the empty form of a model, fill it in and save it."""
    address = reverse(f"admin:rollout_{model._meta.model_name}_add")
    return page.post(address, form_values(page.get(address).content.decode()) | noted(values))


def noted(values):
    """Tick "minor change" where a test gives no note."""
    return values if "change_note" in values else {"is_minor": "on"} | values
