"""A change of jurisdiction: two districts went into a new one, as 江北 and 渝北 into 两江新区."""

from datetime import date

from django.utils import timezone

from entities.models import Entity
from entities.placing import place
from staff.models import Bureau, District, Jurisdiction, StreetPlacement
from tests.factories import make_bureau, make_district, make_street

BEFORE, TURNED = date(2025, 11, 5), date(2025, 11, 6)
BEGINNING = date(1997, 6, 18)


class Ground:
    """江北 and 渝北 went into 两江新区 on 2025-11-06, with streets of their own."""

    def __init__(self) -> None:
        self.new = make_district("两江试区", since=TURNED)
        ended = {"until": TURNED, "successor": self.new}
        self.north = make_district("江北试区", **ended)
        self.west = make_district("渝北试区", **ended)
        self.bureaus = {
            district.pk: make_bureau(f"{district.short_name}局")
            for district in (self.new, self.north, self.west)
        }
        self.streets = {}
        for district in (self.north, self.west):
            self._give(district, BEGINNING, TURNED)
            street = make_street()
            self.streets[district.pk] = street
            lies = {"street": street}
            StreetPlacement(**lies, district=district, since=BEGINNING, until=TURNED).save()
            StreetPlacement(**lies, district=self.new, since=TURNED).save()
        self._give(self.new, TURNED)

    def _give(self, district: District, since: date, until: date | None = None) -> None:
        bureau = self.bureaus[district.pk]
        Jurisdiction(bureau=bureau, district=district, since=since, until=until).save()

    def bureau(self, district: District) -> Bureau:
        return self.bureaus[district.pk]


def placed(entity: Entity) -> Entity:
    """Place an entity as the register does today."""
    place([entity.pk], on=timezone.localdate())
    return Entity.objects.for_system("test").select_related("bureau").get(pk=entity.pk)
