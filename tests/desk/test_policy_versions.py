"""Versions of the limits on the pages: drafted, rehearsed, approved, withdrawn."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import jobs
from core.models import Job
from desk import rehearsal
from desk.forms.versions import DraftVersion, name_of
from membership.models import Ground, Run, StagedMove
from policy.actions import draft_version
from policy.limits import LIMITS, limits_in_force
from policy.models import PolicyVersion
from staff.roles import Role
from tests.desk.making import hold
from tests.factories import make_bureau, make_entity, make_user

STARTED = timezone.now()
TODAY = timezone.localdate(STARTED)
DRAFT = reverse("desk:version-draft")
LETTERS = name_of("class.credit_letters")


@pytest.fixture(autouse=True)
def _the_day_of_the_start():
    """Let no midnight pass between the module's day and the page's."""
    with time_machine.travel(STARTED):
        yield


def address(verb: str, version: PolicyVersion) -> str:
    return reverse(f"desk:version-{verb}", args=(version.pk,))


def form_with(**changes) -> dict:
    """Return what the browser sends: every limit as it stands, then the changes."""
    form = DraftVersion()
    sent = {"title": "渝市监发〔2027〕5号", "since": TODAY.isoformat()}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if value is not None and name not in sent:
            sent[name] = value
    return sent | {name.replace("__", "-"): value for name, value in changes.items()}


def wider() -> dict:
    """Return the form that lets B in."""
    return form_with() | {LETTERS: ["A", "B"], f"source-{LETTERS}": "第三条"}


@pytest.fixture
def draft(people) -> PolicyVersion:
    return draft_version(
        {"class.credit_letters": ["A", "B"]},
        title="放宽",
        since=TODAY,
        by=people["city"],
        today=TODAY,
        sources={"class.credit_letters": "第三条"},
    )


def login(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


# Drafting.


@pytest.mark.parametrize("person", ["own", "own_lead", "other", "unit", "auditor"])
def test_others_than_the_city_do_not_draft(as_, person):
    client = as_(person)
    assert client.get(DRAFT).status_code == 403
    assert client.post(DRAFT, wider()).status_code == 403
    assert PolicyVersion.objects.count() == 1


def test_nobody_is_asked_to_log_in(as_):
    assert as_("nobody").post(DRAFT, wider()).status_code == 302
    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize("person", ["city", "city_lead"])
def test_the_city_drafts_and_sees_what_differs(as_, person):
    answer = as_(person).post(DRAFT, wider(), follow=True)
    version = PolicyVersion.objects.get(status="draft")
    assert dict(version.values.values_list("key", "value"))["class.credit_letters"] == ["A", "B"]
    changes = answer.context["changes"]
    assert [(one.info.key, one.after, source) for one, source in changes] == [
        ("class.credit_letters", "A类、B类", "第三条")
    ]
    assert limits_in_force(TODAY)["class.credit_letters"] == ["A"]


def test_the_form_has_every_limit_as_it_stands(as_):
    said = as_("city").get(DRAFT).content.decode()
    for key, info in LIMITS.items():
        assert info.title in said
        assert f'name="{name_of(key)}"' in said


def test_a_figure_out_of_range_a_wrong_choice_and_no_source_are_said_beside_the_field(as_):
    sent = form_with() | {
        name_of("gate.out_city_percent"): "101",
        LETTERS: ["A", "Z"],
        name_of("class.carried_files"): "3",
        name_of("four_new.decision_working_days"): "",
        name_of("four_new.district_mark_opens"): "vielleicht",
        "since": "",
        "title": "",
    }
    answer = as_("city").post(DRAFT, sent)
    said = answer.content.decode()
    assert "“闸门：全市移出占比”须为1至100之间的整数。" in said
    assert "“纳入信用沙盒的分类”含有未列出的选项，请重新选择。" in said
    assert "“分类沿用期限”有调整，请写明来源。" in said
    assert "“市局决定“四新”建议的期限”须为1至60之间的整数。" in said
    assert "“区县认定直接生效”只能是“是”或“否”，请重新选择。" in said
    assert "请填写施行日。" in said
    assert "请填写调整的原因或依据。" in said
    assert 'value="101"' in said
    assert PolicyVersion.objects.count() == 1


def test_a_draft_without_a_difference_is_refused(as_):
    answer = as_("city").post(DRAFT, form_with())
    assert answer.status_code == 409
    assert "无需起草新版本" in answer.content.decode()


def test_a_day_of_the_past_is_refused_and_keeps_what_was_typed(as_):
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    answer = as_("city").post(DRAFT, wider() | {"since": yesterday})
    assert answer.status_code == 409
    assert "早于今天" in answer.content.decode()
    assert 'value="第三条"' in answer.content.decode()


def test_a_version_published_while_the_form_was_open_is_not_taken_back_unseen(as_, draft, people):
    sent = form_with() | {name_of("class.carried_files"): "3", "source-class-carried_files": "某"}
    as_("city_lead").post(address("approve", draft))
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    answer = as_("city").post(DRAFT, sent | {"since": tomorrow})
    assert "填写期间发布或撤回了其他版本" in answer.content.decode()
    assert PolicyVersion.objects.count() == 2
    # Now the form names the newest version, and what would take it back stands in plain sight.
    assert answer.context["version"] == draft
    assert f'name="base" value="{draft.pk}"' in answer.content.decode()


def test_a_double_click_drafts_once(as_):
    client = as_("city")
    for _ in range(2):
        client.post(DRAFT, wider() | {"once": "one"})
    assert PolicyVersion.objects.filter(status="draft").count() == 1


# Approving.


@pytest.mark.parametrize("person", ["own", "own_lead", "city", "unit", "auditor", "nobody"])
def test_only_a_municipal_lead_approves(as_, draft, person):
    as_(person).post(address("approve", draft))
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_the_lead_approves_and_everyone_is_judged(as_, draft):
    answer = as_("city_lead").post(address("approve", draft), follow=True)
    assert f"已批准第{draft.number}版" in answer.content.decode()
    assert limits_in_force(TODAY)["class.credit_letters"] == ["A", "B"]
    assert Job.objects.for_system("a test looks").filter(kind="run").count() == 1


def test_the_drafter_does_not_approve_and_is_told_why(as_, people):
    lead = as_("city_lead")
    lead.post(DRAFT, wider())
    version = PolicyVersion.objects.get(status="draft")
    page = lead.get(address("detail", version))
    assert not page.context["may_approve"]
    assert "起草人不能批准自己起草的版本" in page.content.decode()
    said = lead.post(address("approve", version), follow=True).content.decode()
    assert "请由另一位市局负责人批准" in said
    assert PolicyVersion.objects.get(pk=version.pk).status == "draft"
    other = login(make_user(Role.MUNICIPAL_LEAD))
    other.post(address("approve", version))
    assert PolicyVersion.objects.get(pk=version.pk).status == "published"


def test_approving_twice_is_refused(as_, draft):
    as_("city_lead").post(address("approve", draft))
    again = login(make_user(Role.MUNICIPAL_LEAD)).post(address("approve", draft), follow=True)
    assert any("第" in str(m) and m.level_tag == "error" for m in again.context["messages"])


# Withdrawing.


@pytest.mark.parametrize("person", ["own", "own_lead", "unit", "auditor", "nobody"])
def test_others_do_not_withdraw(as_, draft, person):
    as_(person).post(address("withdraw", draft))
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_the_city_withdraws_a_draft(as_, draft):
    as_("city").post(address("withdraw", draft))
    draft.refresh_from_db()
    assert draft.status == "withdrawn"


def test_a_version_in_force_is_not_withdrawn(as_, draft):
    lead = as_("city_lead")
    lead.post(address("approve", draft))
    assert not lead.get(address("detail", draft)).context["may_withdraw"]
    assert "不能撤回" in lead.post(address("withdraw", draft), follow=True).content.decode()


# The page, and the rehearsal.


@pytest.mark.parametrize(
    ("person", "expected"),
    [("own", 200), ("unit", 200), ("city", 200), ("auditor", 403), ("nobody", 302)],
)
def test_who_sees_a_version(as_, draft, person, expected):
    assert as_(person).get(address("detail", draft)).status_code == expected


def test_the_policy_page_leads_to_drafting_and_to_each_version(as_, draft):
    said = as_("city").get(reverse("desk:policy")).content.decode()
    assert DRAFT in said
    assert address("detail", draft) in said
    assert DRAFT not in as_("own").get(reverse("desk:policy")).content.decode()


@pytest.mark.parametrize("person", ["own", "own_lead", "unit", "auditor", "nobody"])
def test_others_do_not_rehearse(as_, draft, person):
    as_(person).post(address("rehearse", draft))
    assert not Job.objects.for_system("a test looks").filter(kind=rehearsal.KIND).exists()


def do_job() -> Job:
    pk = Job.objects.for_system("a test works").get(kind=rehearsal.KIND).pk
    job = jobs.claim(pk)
    jobs.run(job, rehearsal.work)
    return Job.objects.for_system("a test looks").get(pk=pk)


@pytest.fixture
def city_of_three(real_commits):
    """One inside by A, one A that is not in yet, and one B that only the draft lets in."""
    officer, lead = make_user(Role.MUNICIPAL_OFFICER), make_user(Role.MUNICIPAL_LEAD)
    month = TODAY.replace(day=1)
    here, there = make_bureau(), make_bureau()
    inside = make_entity(letter="A", since=month, bureau=here)
    for letter, bureau in (("A", here), ("B", there)):
        make_entity(letter=letter, since=month, bureau=bureau)
    hold(inside, "credit")
    version = draft_version(
        {"class.credit_letters": ["A", "B"]}, title="放宽", since=TODAY, by=officer, today=TODAY
    )
    return officer, lead, version


def test_the_rehearsal_counts_what_the_draft_would_move_and_writes_nothing(city_of_three):
    officer, _, version = city_of_three
    client = login(officer)
    client.post(address("rehearse", version))
    job = do_job()
    assert job.status == "done", job.error
    assert (job.result["drafted"]["in"], job.result["current"]["in"]) == (2, 1)
    assert (job.result["drafted"]["out"], job.result["current"]["out"]) == (0, 0)
    version.refresh_from_db()
    assert version.status == "draft"
    assert not Run.objects.for_system("a test looks").exists()
    assert not StagedMove.plain.exists()
    assert Ground.objects.for_system("a test looks").count() == 1
    page = client.get(address("detail", version))
    assert page.context["effect"][0].drafted_in == 2
    assert len(page.context["effect"]) == 3
    assert "移入2户" in page.content.decode()
    district = login(make_user(Role.DISTRICT_OFFICER)).get(address("detail", version))
    assert district.context["rehearsal"] is None


def test_a_version_that_was_withdrawn_meanwhile_is_not_rehearsed(city_of_three):
    officer, _, version = city_of_three
    client = login(officer)
    client.post(address("rehearse", version))
    client.post(address("withdraw", version))
    job = do_job()
    assert job.status == "failed"
    assert "已不是草案" in job.error
    said = client.post(address("rehearse", version), follow=True).content.decode()
    assert "已不是草案，不再试算" in said


def test_a_second_rehearsal_waits_for_the_first(as_, draft):
    client = as_("city")
    client.post(address("rehearse", draft))
    said = client.post(address("rehearse", draft), follow=True).content.decode()
    assert "试算正在进行" in said
    assert Job.objects.for_system("a test looks").filter(kind=rehearsal.KIND).count() == 1


def test_a_draft_overtaken_by_a_published_version_says_so(city_of_three):
    officer, lead, version = city_of_three
    other = draft_version(
        {"class.carried_files": 3}, title="另一版", since=TODAY, by=officer, today=TODAY
    )
    login(officer).post(address("rehearse", version))
    login(lead).post(address("approve", other))
    job = do_job()
    assert job.status == "failed"
    assert "请撤回" in job.error
    refused = login(lead).post(address("approve", version), follow=True).content.decode()
    assert "新版本须晚于该日" in refused
