"""Runs as people read them: the ledger with its zeros, what is held, who starts and releases."""

import pytest
from django.urls import reverse

from core.models import Job
from membership.models import Decision, Run
from tests.desk.making import make_run, move
from tests.factories import make_entity

HELD = {
    "status": Run.Status.HELD,
    "held_reason": "全市移出12户，超过在册100户的5%",
    "gate": {
        "crossed": [
            {"bureau_id": 0, "direction": "out", "moves": 12, "members": 100, "percent": 5}
        ],
        "first": False,
    },
}


def rows(model):
    return model.objects.for_system("a test looks")


@pytest.fixture
def full(people):
    own, other = people["own"].bureau_id, people["other"].bureau_id
    return make_run(
        Run.Kind.NIGHTLY,
        counts={
            "judged": 1000,
            "moves": 9,
            "opened": {"credit": 5},
            "closed": {"credit": 4},
            "by_bureau": {str(own): {"in": 2, "out": 1}, str(other): {"in": 3, "out": 3}},
            "unexplained": 0,
            "changes": 12,
            "seconds": 1.5,
        },
    )


def page(run):
    return reverse("desk:run-detail", args=(run.pk,))


def cells(said, label):
    """Return the cells of a bureau's line, without tags."""
    line = said.split(f"<td>{label}</td>")[1].split("</tr>")[0]
    return [part.split("</td>")[0] for part in line.split('<td class="num">')[1:]]


def test_the_city_reads_all_bureaus_zeros_and_the_sum(as_, people, full):
    said = as_("city").get(page(full)).content.decode()
    assert ">2</a>" in cells(said, "本区局")[0]
    assert ">3</a>" in cells(said, "外区局")[1]
    assert cells(said, "未落监管机关") == ["0", "0"]
    assert cells(said, "合计") == ["5", "4"]


def test_a_district_reads_its_own_line_only(as_, people, full):
    said = as_("own").get(page(full)).content.decode()
    assert ">2</a>" in cells(said, "本区局")[0]
    assert cells(said, "外区局") == ["—", "—"]
    assert cells(said, "合计") == ["—", "—"]


def test_the_fragment_is_the_part_of_the_page(as_, full):
    client = as_("city")
    whole = client.get(page(full)).content.decode()
    part = client.get(page(full), headers={"HX-Request": "true"}).content.decode().strip()
    assert part.startswith("{#") or part.startswith('<div id="run"')
    assert part in whole


def test_an_open_run_asks_again(as_, people):
    run = make_run(Run.Kind.NIGHTLY, status=Run.Status.STAGING, finished_at=None)
    assert 'hx-trigger="every 2s"' in as_("own").get(page(run)).content.decode()


def test_unexplained_moves_are_named_a_defect(as_, people):
    run = make_run(Run.Kind.NIGHTLY, counts={"judged": 5, "unexplained": 2})
    said = as_("city").get(page(run)).content.decode()
    assert "有 2 户的移入移出没有任何事实变动或参数变动可以解释" in said


def test_a_held_run_says_why_with_names(as_, people):
    own = people["own"].bureau
    run = make_run(Run.Kind.NIGHTLY, **HELD | {"held_reason": f"{{{own.pk}}}移出12户，超过"})
    said = as_("city").get(page(run)).content.decode()
    assert "本区局移出12户" in said
    assert "12.00%" in said


def test_a_long_reason_names_its_first_places_and_their_number(as_):
    places = [f"全市移出{number}户，超过在册100户的5%" for number in (11, 12, 13)]
    make_run(Run.Kind.NIGHTLY, **HELD | {"held_reason": "；".join(places)})
    said = as_("city").get(reverse("desk:run-list")).content.decode()
    assert f"{places[0]}；{places[1]}；等3处超过上限" in said
    assert places[2] not in said


@pytest.mark.parametrize("person", ["own", "own_lead", "city", "unit", "auditor", "nobody"])
def test_others_than_the_citys_lead_do_not_release(as_, people, person):
    run = make_run(Run.Kind.NIGHTLY, **HELD)
    as_(person).post(reverse("desk:run-release", args=(run.pk,)), {"reason": "已核对"})
    assert not rows(Job).exists()


def test_the_citys_lead_releases_with_a_reason(as_, people):
    run = make_run(Run.Kind.NIGHTLY, **HELD)
    release = reverse("desk:run-release", args=(run.pk,))
    client = as_("city_lead")
    assert "请写明放行理由。" in client.post(release, follow=True).content.decode()
    answer = client.post(release, {"reason": "已核对"})
    job = rows(Job).get()
    assert answer["Location"] == reverse("desk:job-detail", args=(job.pk,))
    assert job.params["release"] == "已核对"


def test_whoever_started_a_run_leaves_its_release_to_another(as_, people):
    run = make_run(Run.Kind.RETAG, started_by=people["city_lead"], **HELD)
    release = reverse("desk:run-release", args=(run.pk,))
    client = as_("city_lead")
    assert "请由另一位市局负责人核对后放行" in client.get(page(run)).content.decode()
    said = client.post(release, {"reason": "已核对"}, follow=True).content.decode()
    assert "发起人不能放行自己发起的评估" in said
    assert not rows(Job).exists()


@pytest.mark.parametrize(
    ("person", "begun"),
    [("city", True), ("own", False), ("unit", False), ("auditor", False), ("nobody", False)],
)
def test_who_starts_a_run(as_, people, person, begun):
    as_(person).post(reverse("desk:run-start"))
    assert rows(Job).filter(kind="run").exists() is begun


def test_one_run_is_asked_for_at_a_time(as_, people):
    for _ in range(2):
        as_("city").post(reverse("desk:run-start"))
    assert rows(Job).filter(kind="run").count() == 1


def test_the_list_shows_runs_over_everyone_and_on_request_the_small_ones(as_, people, full):
    small = make_run()
    address = reverse("desk:run-list")
    said = as_("own").get(address).content.decode()
    assert page(full) in said
    assert page(small) not in said
    assert page(small) in as_("own").get(f"{address}?sort=settle").content.decode()


# Decisions.

DECISIONS = reverse("desk:decision-list")


def test_decisions_are_scoped_and_filtered(as_, people):
    mine = make_entity(bureau=people["own"].bureau)
    theirs = make_entity(bureau=people["other"].bureau)
    move(mine, "credit", Decision.Move.OPEN, "分类导入")
    move(theirs, "credit", Decision.Move.CLOSE, "unexplained")
    said = as_("own").get(DECISIONS).content.decode()
    assert mine.name in said
    assert theirs.name not in said
    said = as_("city").get(f"{DECISIONS}?move=close&cause=unexplained").content.decode()
    assert theirs.name in said
    assert mine.name not in said
    assert "原因不明（系统缺陷，请报告）" in said


def test_the_pages_of_decisions_meet_without_gap(as_, people, monkeypatch):
    monkeypatch.setattr("desk.newest.newest_of.__defaults__", (2,))
    made = [make_entity(bureau=people["own"].bureau) for _ in range(5)]
    for entity in made:
        move(entity, "credit", Decision.Move.OPEN, "分类导入")
    seen, address = [], DECISIONS
    client = as_("own")
    for _ in range(3):
        answer = client.get(address)
        seen += [decision.entity_id for decision in answer.context["page"].items]
        address = f"{DECISIONS}?before={answer.context['page'].older}"
    assert seen == [entity.pk for entity in reversed(made)]
