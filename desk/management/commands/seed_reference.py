"""Fill the tables that the product ships: working days, places, limits, terms, wordings, papers."""

from typing import Any

from django.core.management.base import BaseCommand

import desk.calendars
import entities.seeding
import membership.seeding
import policy.seeding
import redline.papers.seeding
import redline.seeding
import staff.seeding
import zones.seeding

ROOMS = (
    *(staff.seeding, policy.seeding, entities.seeding, zones.seeding, redline.seeding),
    *(redline.papers.seeding, membership.seeding, desk.calendars),
)


class Command(BaseCommand):
    help = "写入系统附带的基础数据：工作日历、区县、机构、参数、行业、判定用语。可重复执行。"

    def handle(self, *args: Any, **options: Any) -> None:
        for room in ROOMS:
            room.seed()
        if options["verbosity"]:
            self.stdout.write("基础数据已就绪。")
