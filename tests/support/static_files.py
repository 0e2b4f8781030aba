"""Static files as `collectstatic` makes them, a few at a time."""

from django.core.files.storage import FileSystemStorage
from django.utils.module_loading import import_string

from site_config.settings import STORAGES


def collected(names, source, target):
    """Collect these files of one folder into another; return the bytes that are served, by name."""
    storage = import_string(STORAGES["staticfiles"]["BACKEND"])(location=target)
    files = {name: (FileSystemStorage(source), name) for name in names}
    for name in names:
        with files[name][0].open(name) as file:
            storage.save(name, file)
    list(storage.post_process(files))
    return {name: (target / storage.stored_name(name)).read_bytes() for name in names}
