#!/usr/bin/env python
"""Django's command line, with the services and the database role that each command needs.

When DATABASE_URL or REDIS_URL names no service, the embedded ones are started for the command's
duration, or shared where they run already.
"""

import contextlib
import getpass
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from core.audit.context import acting
from sandbox_reg.keeper import services
from sandbox_reg.processes import ServicesError

OWNER_COMMANDS = {
    "backup",
    "createcachetable",
    "dbshell",
    "flush",
    "inspectdb",
    "keep_logs",
    "make_demo",
    "makemigrations",
    "migrate",
    "restore",
    "showmigrations",
    "sqlflush",
    "sqlmigrate",
    "sqlsequencereset",
}
COMMANDS_WITHOUT_SERVICES = {
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "version",
}


def main(arguments: list[str]) -> None:
    """Run one command."""
    command = arguments[1] if len(arguments) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox_reg.settings")
    os.environ["SANDBOX_ROLE"] = "owner" if command in OWNER_COMMANDS else "application"
    alone = command in COMMANDS_WITHOUT_SERVICES or command.startswith("-") or "--help" in arguments
    try:
        with contextlib.ExitStack() as stack:
            if settings.NEEDS_EMBEDDED and not alone:
                stack.enter_context(services(settings.SANDBOX_VAR))
            stack.enter_context(acting(origin=f"command {command} ({getpass.getuser()})"))
            execute_from_command_line(arguments)
    except (ServicesError, ImproperlyConfigured) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv)
