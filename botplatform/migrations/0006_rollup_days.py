from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("botplatform", "0005_route_rules")]

    operations = [
        migrations.RemoveConstraint(model_name="rollup", name="rollup_grain_known"),
        migrations.AlterField(
            model_name="rollup",
            name="grain",
            field=models.CharField(choices=[("minute", "Minute"), ("hour", "Hour"), ("day", "Day")], max_length=6),
        ),
        migrations.AddConstraint(
            model_name="rollup",
            constraint=models.CheckConstraint(
                condition=models.Q(("grain__in", ["minute", "hour", "day"])), name="rollup_grain_known"
            ),
        ),
    ]
