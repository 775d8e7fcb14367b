"""Contact data becomes encrypted columns; the rows follow in the next migration."""

from django.db import migrations

import core.secrets


class Migration(migrations.Migration):
    dependencies = [("entities", "0002_second_persons")]

    operations = [
        migrations.AlterField(
            model_name="entity",
            name="contact_name",
            field=core.secrets.EncryptedTextField(blank=True, max_length=60, verbose_name="联系人"),
        ),
        migrations.AlterField(
            model_name="entity",
            name="contact_phone",
            field=core.secrets.EncryptedTextField(
                blank=True, max_length=40, verbose_name="联系电话"
            ),
        ),
        migrations.AlterField(
            model_name="entity",
            name="service_address",
            field=core.secrets.EncryptedTextField(
                blank=True, max_length=300, verbose_name="送达地址"
            ),
        ),
    ]
