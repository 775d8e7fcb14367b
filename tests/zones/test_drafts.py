"""Drafting: begun where it may be, saved as typed, refused where somebody else was faster."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from core.errors import Refused
from entities.codes import make_uscc
from staff.models import Bureau
from tests.factories import make_bureau, make_entity
from tests.zones.declaring import ON, draft, entered, fresh, zones_of
from zones.actions import comments, drafts
from zones.actions.steps import return_, submit
from zones.choices import DeclarationKind as Kind
from zones.choices import DeclarationStatus as Status
from zones.choices import ZoneType
from zones.findings import findings_of
from zones.models import DeclarationStep, DeclaredEntity, Round
from zones.queries import counts_by_status, declarations_for, steps_of, waiting_for

pytestmark = pytest.mark.django_db
MAIL = {"mail_received_on": ON, "mail_source": "内网邮件"}


def rows_of(zone):
    return list(DeclaredEntity.objects.for_system("test").filter(declared_zone=zone))


def test_a_district_begins_for_itself_and_the_city_enters_what_came_by_mail(people):
    own = drafts.begin(Kind.NEW, bureau=people.bureau, by=people.officer, on=ON)
    assert (own.status, own.way, own.round.name) == ("draft", "browser", "首次申报")
    mailed = drafts.begin(Kind.NEW, bureau=people.bureau, by=people.city, on=ON, **MAIL)
    assert (mailed.status, mailed.way, mailed.mail_received_on) == ("entered", "mail", ON)
    assert [step.label for step in steps_of(mailed, people.city)] == ["市局代录"]


def test_where_it_is_not_begun(people):
    def begun(by, bureau=people.bureau, **mail):
        return lambda: drafts.begin(Kind.NEW, bureau=bureau, by=by, on=ON, **mail)

    gone = make_bureau(until=ON)
    city = Bureau.objects.filter(kind="city").first()
    tomorrow = MAIL | {"mail_received_on": ON + timedelta(days=1)}
    for begin, said in (
        (begun(people.elsewhere), "只能为本局"),
        (begun(people.station), "您的角色不能"),
        (begun(people.auditor), "您的角色不能"),
        (begun(people.city), "收到日和来源"),
        (begun(people.city, **(MAIL | {"mail_source": " "})), "收到日和来源"),
        (begun(people.city, **tomorrow), "晚于今天"),
        (begun(people.city, city, **MAIL), "由区县局"),
        (begun(people.city, gone, **MAIL), "撤销"),
    ):
        with pytest.raises(Refused, match=said):
            begin()


def test_an_edit_counts_and_another_revision_is_refused_with_who_and_when(people):
    made = draft(people)
    seen = made.revision
    saved = drafts.set_fields(made, {"reason": "补充"}, revision=seen, by=people.lead, on=ON)
    assert (saved.revision, saved.edited_by) == (seen + 1, people.lead)
    with pytest.raises(Refused, match=f"{people.lead.name}已于.*修改该申报"):
        drafts.set_fields(made, {"reason": "再补充"}, revision=seen, by=people.officer, on=ON)
    with pytest.raises(Refused, match="最多60个字"):
        drafts.set_fields(
            made, {"contact_name": "长" * 61}, revision=seen + 1, by=people.officer, on=ON
        )
    with pytest.raises(Refused, match="不能修改status"):
        drafts.set_fields(made, {"status": "x"}, revision=seen + 1, by=people.officer, on=ON)


def test_nobody_elsewhere_and_nobody_after_submission_edits(people, reach):
    submitted = reach(Status.SUBMITTED)
    for declaration, by, said in (
        (draft(people), people.elsewhere, "不在您的管辖范围内"),
        (draft(people), people.city, "您的角色不能"),
        (entered(people), people.officer, "您的角色不能"),
        (entered(people), people.city_other, "由录入人"),
        (submitted, people.officer, "现为“待区县局审核”"),
    ):
        with pytest.raises(Refused, match=said):
            drafts.set_fields(declaration, {}, revision=declaration.revision, by=by, on=ON)


def test_rows_come_from_the_register_of_ones_own_place_each_once(people):
    made = draft(people, entities=1)
    (zone,) = zones_of(made)
    (held,) = rows_of(zone)
    mine, foreign = make_entity(bureau=people.bureau), make_entity(bureau=make_bureau())
    added = drafts.add_rows(
        zone,
        [held.entity_id, mine.pk, foreign.pk],
        revision=made.revision,
        by=people.officer,
        on=ON,
    )
    assert [(row.name, row.code, row.position) for row in added] == [(mine.name, mine.code, 2)]


def test_a_typed_row_finds_its_entity_by_code_and_a_new_code_drops_the_explanation(people):
    made = draft(people, entities=0)
    (zone,) = zones_of(made)
    entity = make_entity(bureau=people.bureau)
    typed = entity.code.lower()
    told = {"by": people.officer, "on": ON}
    row = drafts.add_row(zone, name="甲公司", code=typed, revision=made.revision, **told)
    assert (row.entity_id, row.code, row.filed_code) == (entity.pk, entity.code, typed)
    drafts.explain(row, "entity.elsewhere", "住所在区内", revision=made.revision + 1, **told)
    row.refresh_from_db()
    assert row.explanations == {"entity.elsewhere": "住所在区内"}
    other = make_uscc("91500000", "99999999")
    row = drafts.set_row_fields(row, {"code": other}, revision=made.revision + 2, **told)
    assert (row.entity_id, row.explanations) == (None, {})
    assert drafts.remove_rows(zone, [row.pk], revision=made.revision + 3, **told) == 1


def test_a_comment_on_what_is_removed_stays_readable(people, reach):
    declaration = reach(Status.ACCEPTED)
    (zone,) = zones_of(declaration)
    row = rows_of(zone)[0]
    pinned = comments.comment(declaration, "请核对", row=row, field="code", by=people.city, on=ON)
    returned = return_(declaration, revision=declaration.revision, by=people.city, on=ON)
    drafts.remove_rows(zone, [row.pk], revision=returned.revision, by=people.officer, on=ON)
    pinned.refresh_from_db()
    assert (pinned.declared_entity, pinned.declared_zone) == (None, zone)
    assert pinned.text == f"（已删去的行“{row.name}”）请核对"
    drafts.remove_zone(zone, revision=fresh(declaration).revision, by=people.officer, on=ON)
    pinned.refresh_from_db()
    assert pinned.declared_zone is None


def test_submission_is_refused_while_something_blocks(people):
    made = drafts.begin(Kind.NEW, bureau=people.bureau, by=people.officer, on=ON)
    with pytest.raises(Refused, match="还有[0-9]+处须改正或说明，不能提交：.*缺少联系人"):
        submit(made, revision=made.revision, by=people.officer, on=ON)
    assert fresh(made).status == Status.DRAFT


def test_what_came_by_mail_in_time_is_not_late(people):
    made = entered(people)
    mailed = drafts.set_fields(
        made,
        {"mail_received_on": made.round.deadline},
        revision=made.revision,
        by=people.city,
        on=ON,
    )
    assert "declaration.late" in {one.code for one in findings_of(made, ON)}
    assert "declaration.late" not in {one.code for one in findings_of(mailed, ON)}


def test_what_was_submitted_in_time_does_not_become_late_by_waiting(people):
    made = draft(people)
    made.round = Round.objects.create(name="试验轮次", opens_on=ON, deadline=ON)
    made.save(update_fields=["round"])
    later = ON + timedelta(days=9)

    def is_late():
        return "declaration.late" in {one.code for one in findings_of(fresh(made), later)}

    assert is_late()
    DeclarationStep(
        declaration=made, action="submit", target="submitted", done_by=people.officer,
        role_then=people.officer.role,
        recorded_at=timezone.make_aware(datetime.combine(ON, time(23, 59))),
    ).save(force_insert=True)  # fmt: skip
    assert not is_late()
    DeclarationStep(
        declaration=made, action="withdraw", target="draft", done_by=people.officer,
        role_then=people.officer.role,
    ).save(force_insert=True)  # fmt: skip
    assert is_late()


def test_a_type_outside_the_list_is_refused(people):
    made = draft(people)
    (zone,) = zones_of(made)
    told = {"revision": made.revision, "by": people.officer, "on": ON}
    with pytest.raises(Refused, match="所属类型"):
        drafts.set_zone_fields(zone, {"zone_type": "castle"}, **told)
    assert drafts.set_zone_fields(zone, {"zone_type": ZoneType.OTHER}, **told).zone_type == "other"


def test_everybody_sees_what_waits_for_him_or_her(people, reach):
    mine, submitted, reviewed = draft(people), reach(Status.SUBMITTED), reach(Status.REVIEWED)
    accepted = reach(Status.ACCEPTED)
    waits = {
        "officer": [mine],
        "lead": [submitted],
        "city": [reviewed, accepted],
        "city_other": [reviewed],
        "elsewhere": [],
        "unit": [],
        "auditor": [],
        "nobody": [],
    }
    for name, expected in waits.items():
        assert set(waiting_for(getattr(people, name))) == set(expected), name
    assert set(declarations_for(people.officer)) == {mine, submitted, reviewed, accepted}
    assert not declarations_for(people.elsewhere)
    assert counts_by_status(people.city)["accepted"] == 1
    assert sum(counts_by_status(people.auditor).values()) == 0
    assert DeclarationStep.objects.visible_to(people.elsewhere).count() == 0
