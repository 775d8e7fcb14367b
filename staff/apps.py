"""The room's name, as the pages of the reference tables say it."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = "机构与区划"
