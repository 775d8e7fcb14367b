"""The roles of accounts (readings 4); who may do what says staff.permissions."""

from __future__ import annotations

from django.db.models import TextChoices


class Role(TextChoices):
    STATION_OFFICER = "station_officer", "监管所人员"
    DISTRICT_OFFICER = "district_officer", "区县局人员"
    DISTRICT_LEAD = "district_lead", "区县局负责人"
    MUNICIPAL_OFFICER = "municipal_officer", "市局人员"
    MUNICIPAL_LEAD = "municipal_lead", "市局负责人"
    UNIT_OFFICER = "unit_officer", "市级单位人员"
    AUDITOR = "auditor", "审计管理员"
    SECURITY_ADMINISTRATOR = "security_administrator", "安全管理员"
    SYSTEM_ADMINISTRATOR = "system_administrator", "系统管理员"


DISTRICT_ROLES = frozenset({Role.STATION_OFFICER, Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD})
CITY_ROLES = frozenset({Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD})
BUSINESS_ROLES = DISTRICT_ROLES | CITY_ROLES | {Role.UNIT_OFFICER}
ADMINISTRATORS = frozenset({Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR})
