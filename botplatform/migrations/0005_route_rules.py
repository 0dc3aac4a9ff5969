from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("botplatform", "0004_written_once")]

    operations = [
        migrations.AddIndex(
            model_name="route",
            index=models.Index(condition=~Q(rule=""), fields=["rule", "-created_at"], name="route_rules"),
        ),
        migrations.AddIndex(
            model_name="route",
            index=models.Index(condition=~Q(verdict=""), fields=["-created_at"], name="route_judged"),
        ),
    ]
