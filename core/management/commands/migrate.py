"""Django's migrate, with the two database roles laid down around it."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoCommand
from django.db import connections

from core.roles import apply, prepare


class Command(DjangoCommand):
    """Migrate as the owner, then grant the application its rights and guard what is append-only."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare roles and extensions, migrate, apply the rights."""
        connection = connections[options["database"]]
        writes = not (options["plan"] or options["check_unapplied"])
        if writes:
            prepare(connection)
        super().handle(*args, **options)
        if writes:
            apply(connection)
