"""Give the record of grants the roles that accounts had before there was one."""

from django.db import migrations

REASON = "建立授权记录之前已有的角色"


def record(apps, schema_editor):
    user, grant = apps.get_model("staff", "User"), apps.get_model("staff", "RoleGrant")
    grant.plain.bulk_create(
        grant(
            user_id=row.pk,
            role=row.role,
            bureau_id=row.bureau_id,
            station_id=row.station_id,
            unit_id=row.unit_id,
            reason=REASON,
        )
        for row in user.objects.exclude(role="")
    )


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_role_grants")]

    operations = [migrations.RunPython(record, migrations.RunPython.noop)]
