"""Zones handed to another bureau: who is proposed, what follows the zone, and its history."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from core.errors import Refused
from staff.models import Bureau
from staff.roles import Role
from tests.factories import make_bureau, make_user
from tests.zones.living import SINCE, make_zone, on_roster, person
from zones.actions.changes import file_change
from zones.actions.handing import hand_over, to_hand
from zones.models import (
    Declaration,
    DeclaredZone,
    RosterChange,
    Zone,
    ZoneBureau,
)

pytestmark = pytest.mark.django_db

TURN = date(2025, 11, 6)
BEFORE = TURN - timedelta(days=1)
ON = date(2025, 11, 20)


@pytest.fixture
def reference(db):
    call_command("seed_reference", verbosity=0)


@pytest.fixture
def zone():
    return make_zone()


@pytest.fixture
def city():
    return make_user(Role.MUNICIPAL_OFFICER)


def bureaus_of(zone):
    rows = ZoneBureau.objects.for_system("test").current().filter(zone=zone).order_by("since")
    return list(rows.values_list("bureau__short_name", "since", "until"))


def hand(zone, to, by, since=TURN):
    return hand_over([zone], to, since=since, reason="区划调整", by=by, on=ON)


class TestWhich:
    def test_jiangbeizui_goes_from_jiangbei_to_liangjiang(self, reference, city):
        jiangbei = Bureau.objects.get(code="jiangbei")
        zone = make_zone(jiangbei, name="江北嘴金融城", address="重庆市江北区江北城街道聚贤街25号")
        other = make_zone(Bureau.objects.get(code="yuzhong"), address="重庆市渝中区民权路28号")
        assert to_hand(BEFORE) == []
        (found,) = to_hand(TURN)
        assert (found.zone, found.bureau, found.to.code) == (zone, jiangbei, "liangjiang")
        assert "已撤销" in found.why
        result = hand(zone, found.to, city)
        assert result.done == [zone]
        assert to_hand(TURN) == []
        assert bureaus_of(zone) == [
            (jiangbei.short_name, SINCE, TURN),
            (found.to.short_name, TURN, None),
        ]
        assert Zone.plain.get(pk=zone.pk).bureau == found.to
        assert Zone.plain.get(pk=other.pk).bureau.code == "yuzhong"

    def test_an_address_that_names_no_place_follows_the_districts_of_the_old_bureau(
        self, reference
    ):
        make_zone(Bureau.objects.get(code="jiangbei"), address="聚贤街25号")
        (found,) = to_hand(TURN)
        assert found.to.code == "liangjiang"

    def test_an_address_in_another_s_jurisdiction(self, reference):
        make_zone(Bureau.objects.get(code="yuzhong"), address="重庆市沙坪坝区大学城中路1号")
        (found,) = to_hand(TURN)
        assert found.to.code == "shapingba"
        assert "现由" in found.why

    def test_a_zone_that_ended_is_not_asked_for(self, reference):
        make_zone(Bureau.objects.get(code="jiangbei"), until=TURN)
        assert to_hand(TURN) == []


class TestHanding:
    @pytest.mark.parametrize("role", sorted(Role))
    def test_every_role(self, zone, role):
        by = person(role, zone.bureau)
        if role in (Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD):
            assert hand(zone, make_bureau(), by).done == [zone]
        else:
            with pytest.raises(Refused, match="您的角色不能"):
                hand(zone, make_bureau(), by)

    def test_changes_follow_and_the_old_bureau_sees_the_zone_no_more(self, zone, city):
        old, new = make_user(bureau=zone.bureau), make_user()
        (entity,) = on_roster(zone)
        change = file_change(zone, {entity.pk: "remove"}, since=SINCE, reason="搬离", by=old, on=ON)
        hand(zone, new.bureau, city)
        for rows in (Zone.objects, RosterChange.objects):
            assert not rows.visible_to(old).exists()
            assert rows.visible_to(new).exists()
        change.refresh_from_db()
        assert change.status == "filed"

    def test_open_declarations_follow_and_decided_ones_stay(self, zone, city):
        officer, new = make_user(bureau=zone.bureau), make_bureau()
        made = {}
        for status in ("reviewing", "accepted", "approved"):
            made[status] = Declaration.plain.create(
                kind="extend", bureau=zone.bureau, status=status, filed_by=officer, handler=officer
            )
            DeclaredZone.plain.create(declaration=made[status], position=1, target=zone)
        hand(zone, new, city)
        for row in made.values():
            row.refresh_from_db()
        assert made["reviewing"].bureau == made["accepted"].bureau == new
        assert made["reviewing"].handler is None
        assert made["accepted"].handler == officer
        assert made["approved"].bureau == zone.bureau

    def test_a_merger_with_a_zone_that_stays_comes_first(self, zone, city):
        stays, officer = make_zone(zone.bureau), make_user(bureau=zone.bureau)
        declaration = Declaration.plain.create(
            kind="merge", bureau=zone.bureau, status="submitted", filed_by=officer
        )
        DeclaredZone.plain.create(declaration=declaration, position=1, target=zone, into=stays)
        new = make_bureau()
        with pytest.raises(Refused, match="请先办结或退回"):
            hand(zone, new, city)
        both = hand_over([zone, stays], new, since=TURN, reason="区划调整", by=city, on=ON)
        assert both.skipped == {}

    @pytest.mark.parametrize(
        ("since", "said"),
        [
            (SINCE - timedelta(days=1), "移交日不能更早"),
            (ON + timedelta(days=1), "晚于今天"),
        ],
    )
    def test_days(self, zone, city, since, said):
        with pytest.raises(Refused, match=said):
            hand(zone, make_bureau(), city, since)

    def test_not_to_a_bureau_out_of_office_nor_to_itself(self, zone, city):
        with pytest.raises(Refused, match="尚未设立或已撤销"):
            hand(zone, make_bureau(until=TURN), city)
        with pytest.raises(Refused, match="已由"):
            hand(zone, zone.bureau, city)

    def test_one_that_cannot_be_handed_does_not_keep_the_others(self, zone, city):
        new = make_bureau()
        there = make_zone(new)
        result = hand_over([zone, there], new, since=TURN, reason="调整", by=city, on=ON)
        assert (result.done, list(result.skipped)) == ([zone], [there.pk])

    def test_a_zone_that_has_ended_stays_and_one_that_ends_later_goes_until_then(self, city):
        old, end = make_zone(until=SINCE + timedelta(days=9)), ON + timedelta(days=9)
        ending = make_zone(old.bureau, until=end)
        for row in ZoneBureau.objects.for_system("test").filter(zone__in=(old, ending)):
            row.close(row.zone.until)
        new = make_bureau()
        result = hand_over([old, ending], new, since=TURN, reason="调整", by=city, on=ON)
        assert (result.done, list(result.skipped)) == ([ending], [old.pk])
        assert bureaus_of(ending)[1] == (new.short_name, TURN, end)
        assert not any(name == new.short_name for name, *_ in bureaus_of(old))
