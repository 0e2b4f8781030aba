"""Atom feeds of what changed: all updates, those of a region, those of a department."""

import datetime
import re
import uuid
from typing import Any

from django.contrib.syndication.views import Feed
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext
from django.utils.xmlutils import SimplerXMLGenerator

from rollout.asked_places import of_department, of_region
from rollout.days import FIRST_DAY
from rollout.models import Department, Region, Update, UpdateText
from rollout.models.texts import reference_language
from rollout.views import page

NEWEST = 100
"""How many updates a feed has at most."""
NAMESPACE = uuid.UUID("6b3f4a52-9d0e-4f61-8a43-3c4b7f0d1e69")
"""Of the feeds' own ids, so that they outlive a change of the host or of a place's name."""
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 does not know (its production 2)."""

Place = Department | Region | None
