"""One word for one thing: a wave, the data version, and whether a row is active.

Renames only, but for `is_withdrawn`, whose opposite `is_active` is.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Case, Value, When


def negate(apps, schema_editor):
    """Turn "withdrawn" into "active", or back, in updates and their history."""
    opposite = Case(When(is_active=True, then=Value(False)), default=Value(True))
    for name in ("Update", "HistoricalUpdate"):
        apps.get_model("rollout", name).objects.update(is_active=opposite)


class Migration(migrations.Migration):

    dependencies = [("rollout", "0005_edition")]

    operations = [
        migrations.RemoveConstraint("department", "department_day_with_phase"),
        migrations.RemoveConstraint("phase", "phase_checked_in_order"),
        migrations.RemoveConstraint("phase", "phase_position_1_to_5"),
        migrations.RemoveConstraint("phasetext", "phase_text_once"),
        migrations.RenameModel("Edition", "DataVersion"),
        migrations.RenameField("dataversion", "stamp", "version"),
        migrations.RenameModel("HistoricalPhase_sources", "HistoricalWave_sources"),
        migrations.RenameField("historicalwave_sources", "phase", "wave"),
        migrations.RenameModel("HistoricalPhase", "HistoricalWave"),
        migrations.RenameModel("HistoricalPhaseText", "HistoricalWaveText"),
        migrations.RenameField("historicalwavetext", "phase", "wave"),
        migrations.RenameModel("Phase", "Wave"),
        migrations.RenameModel("PhaseText", "WaveText"),
        migrations.RenameField("wavetext", "phase", "wave"),
        migrations.RenameField("department", "phase", "wave"),
        migrations.RenameField("historicaldepartment", "phase", "wave"),
        *(
            migrations.RenameField(f"{prefix}{model}", old, "is_active")
            for model, old in (
                ("acceptance", "is_used"),
                ("alias", "is_used"),
                ("healthscheme", "is_offered"),
                ("identitydocument", "is_offered"),
                ("update", "is_withdrawn"),
            )
            for prefix in ("", "historical")
        ),
        migrations.RunPython(negate, negate),
        migrations.AlterModelOptions(
            name='dataversion',
            options={'verbose_name': 'data version', 'verbose_name_plural': 'data versions'},
        ),
        migrations.AlterModelOptions(
            name='historicalwave',
            options={'get_latest_by': ('history_date', 'history_id'), 'ordering': ('-history_date', '-history_id'), 'verbose_name': 'historical wave', 'verbose_name_plural': 'historical waves'},
        ),
        migrations.AlterModelOptions(
            name='historicalwave_sources',
            options={'verbose_name': 'HistoricalWave_sources'},
        ),
        migrations.AlterModelOptions(
            name='historicalwavetext',
            options={'get_latest_by': ('history_date', 'history_id'), 'ordering': ('-history_date', '-history_id'), 'verbose_name': 'historical text of a wave', 'verbose_name_plural': 'historical texts of waves'},
        ),
        migrations.AlterModelOptions(
            name='wave',
            options={'ordering': ['position'], 'verbose_name': 'wave', 'verbose_name_plural': 'waves'},
        ),
        migrations.AlterModelOptions(
            name='wavetext',
            options={'ordering': ['wave', 'language'], 'verbose_name': 'text of a wave', 'verbose_name_plural': 'texts of waves'},
        ),
        migrations.AlterField(
            model_name='acceptance',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Off: withdrawn, as if it had never been said.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='alias',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Untick to withdraw it: search forgets it at once.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='department',
            name='wave',
            field=models.ForeignKey(blank=True, help_text='The wave with which it opened or will open.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='rollout.wave', verbose_name='wave'),
        ),
        migrations.AlterField(
            model_name='healthscheme',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Off: no longer a choice in the form.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='historicalacceptance',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Off: withdrawn, as if it had never been said.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='historicalalias',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Untick to withdraw it: search forgets it at once.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='historicaldepartment',
            name='wave',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='The wave with which it opened or will open.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rollout.wave', verbose_name='wave'),
        ),
        migrations.AlterField(
            model_name='historicalhealthscheme',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Off: no longer a choice in the form.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='historicalidentitydocument',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Off: no longer a choice in the form.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='historicalupdate',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Untick to withdraw it: readers see it no more. To take a fact back, bring back its old version.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='historicalwavetext',
            name='wave',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rollout.wave', verbose_name='wave'),
        ),
        migrations.AlterField(
            model_name='identitydocument',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Off: no longer a choice in the form.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='update',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Untick to withdraw it: readers see it no more. To take a fact back, bring back its old version.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='wavetext',
            name='wave',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='rollout.wave', verbose_name='wave'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.CheckConstraint(condition=models.Q(('opened_on__isnull', True), ('wave__isnull', False), _connector='OR'), name='department_day_with_wave', violation_error_message='A department with an opening day belongs to a wave.'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(('check_again_by__isnull', True), ('check_again_by__gt', models.F('last_checked')), _connector='OR'), name='wave_checked_in_order', violation_error_message='"Check again by" must be later than "last checked".'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(('position__range', (1, 5))), name='wave_position_1_to_5', violation_error_message='Waves are counted from 1 to 5; a sixth needs a pattern of its own on the map.'),
        ),
        migrations.AddConstraint(
            model_name='wavetext',
            constraint=models.UniqueConstraint(fields=('wave', 'language'), name='wave_text_once', violation_error_message='This wave has a text in this language already.'),
        ),
    ]
