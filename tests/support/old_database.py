"""A database of the schema of 0005 with a few rows, and what they have to be after migrating on."""

import json

from tests.support import servers

# A new database takes the squashed migration; only without it can the older ones be applied to one.
MIGRATE_TO = """
from django.core.management import call_command
from django.db.migrations import executor
class Loader(executor.MigrationLoader):
    def load_disk(self):
        super().load_disk()
        every = self.disk_migrations.items()
        self.disk_migrations = {{key: one for key, one in every if not one.replaces}}
executor.MigrationLoader = Loader
call_command("migrate", "rollout", "{name}", verbosity=0)
"""
FILL = """
import datetime
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
apps = MigrationExecutor(connection).loader.project_state(("rollout", "0005_edition")).apps
day = datetime.date(2024, 5, 31)
moment = datetime.datetime(2024, 6, 1, tzinfo=datetime.UTC)
def make(model, **values):
    return apps.get_model("rollout", model).objects.create(**values)
line = {"history_date": moment, "history_type": "+"}
region = make("Region", code="84", name="Auvergne-Rhône-Alpes", slug="aura", zone="metro")
phase = make("Phase", slug="june-2024", position=2, last_checked=day)
make("PhaseText", phase=phase, language="en", name="June 2024")
make("HistoricalPhase", slug="june-2024", position=2, last_checked=day, **line)
make("HistoricalPhaseText", id=1, phase=phase, language="en", name="June", **line)
values = {"code": "01", "name": "Ain", "opened_on": day, "precision": "by", "last_checked": day,
          "certainty": "official", "phase": phase, "region": region}
make("Department", **values)
make("HistoricalDepartment", history_change_reason="first", **values, **line)
for number, is_withdrawn in ((1, False), (2, True)):
    make("Update", published_at=moment, path=f"/{number}/", is_withdrawn=is_withdrawn)
    make("HistoricalUpdate", id=number, published_at=moment, path=f"/{number}/",
         is_withdrawn=is_withdrawn, **line)
for name, is_used in (("Bresse", True), ("Old", False)):
    make("Alias", name=name, kind="area_approx", target_type="departments", target_codes="01",
         language="fr", is_used=is_used)
for slug, is_offered in (("general", True), ("gone", False)):
    make("HealthScheme", slug=slug, position=1, is_offered=is_offered, outcome="yes",
         last_checked=day, certainty="official")
apps.get_model("rollout", "Edition").objects.update(stamp="as it was")
"""
READ = """
import json
from rollout.models import *
update, wave_text = Update.history.model, WaveText.history.model
ain = Department.objects.get()
line = ain.history.get()
print(json.dumps({
    "updates": dict(Update.objects.values_list("path", "is_active")),
    "their history": dict(update.objects.values_list("path", "is_active")),
    "aliases": dict(Alias.objects.values_list("name", "is_active")),
    "schemes": dict(HealthScheme.objects.values_list("slug", "is_active")),
    "wave": [ain.wave.slug, ain.wave.name, str(ain.opened_on)],
    "wave in history": [line.wave.slug, line.history_change_reason, str(line.opened_on)],
    "text in history": list(wave_text.objects.values_list("wave__slug", "name").get()),
    "data version": DataVersion.current(),
}))
"""
EXPECTED = {
    "updates": {"/1/": True, "/2/": False},
    "their history": {"/1/": True, "/2/": False},
    "aliases": {"Bresse": True, "Old": False},
    "schemes": {"general": True, "gone": False},
    "wave": ["june-2024", "June 2024", "2024-05-31"],
    "wave in history": ["june-2024", "first", "2024-05-31"],
    "text in history": ["june-2024", "June"],
    "data version": "as it was",
}


def migrate_to(name, environment):
    """Migrate forwards or backwards to one of the migrations that are squashed since."""
    _run(MIGRATE_TO.format(name=name), environment)


def migrated(environment):
    """Fill an old schema, migrate to the newest, and return what the models then say."""
    _run(MIGRATE_TO.format(name="0005") + FILL, environment)
    servers.manage("migrate", "--verbosity=0", environment=environment)
    return json.loads(_run(READ, environment))


def _run(code, environment):
    return servers.manage("shell", "--verbosity=0", "-c", code, environment=environment)
