"""Encrypts the contact data on file, a range of keys a transaction; can be killed and given again."""

from django.db import migrations, transaction
from psycopg2.extras import execute_values

from core.secrets import STORED

NAMES = ("contact_name", "contact_phone", "service_address")
RANGE = 20_000


def encrypt(apps, schema_editor):
    _over_all(
        apps,
        schema_editor,
        lambda field, value: value if STORED.fullmatch(value) else field.seal(value),
    )


def decrypt(apps, schema_editor):
    _over_all(
        apps,
        schema_editor,
        lambda field, value: field.open(value) if STORED.fullmatch(value) else value,
    )


def _over_all(apps, schema_editor, turn):
    entity = apps.get_model("entities", "Entity")
    fields = [entity._meta.get_field(name) for name in NAMES]
    table, listed = entity._meta.db_table, ", ".join(NAMES)
    filled = " OR ".join(f"{name} <> ''" for name in NAMES)
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
        last = cursor.fetchone()[0]
        for low in range(0, last, RANGE):
            with transaction.atomic(using=connection.alias):
                cursor.execute(
                    f"SELECT id, {listed} FROM {table} WHERE id > %s AND id <= %s AND ({filled})",
                    [low, low + RANGE],
                )
                rows = [
                    (
                        row[0],
                        *(turn(field, value) for field, value in zip(fields, row[1:], strict=True)),
                    )
                    for row in cursor.fetchall()
                ]
                if rows:
                    execute_values(
                        cursor.cursor,
                        f"UPDATE {table} t SET {', '.join(f'{n} = v.{n}' for n in NAMES)} "
                        f"FROM (VALUES %s) AS v (id, {listed}) WHERE t.id = v.id",
                        rows,
                        page_size=1000,
                    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("entities", "0003_contacts_encrypted")]

    operations = [migrations.RunPython(encrypt, decrypt)]
