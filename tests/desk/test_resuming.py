"""A session that ends while a form is open leads back to the filled form, and nothing is done."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Access, Job
from entities.models import CreditClass, FourNewMark, Operation, SafetyTerm
from membership.models import ExclusionRequest
from sandbox_reg.tasks import forget_sessions
from staff.controls import KEPT_BYTES, KEPT_FOR
from staff.models import LiveSession
from staff.sessions import Ending, end_sessions
from tests.factories import make_entity

TODAY = timezone.localdate()
LOGIN, HOME = reverse("staff:login"), reverse("desk:home")
CORRECTION = {"letter": "A", "since": TODAY.isoformat(), "source": "公示系统", "reason": "录入有误"}
CAME_BACK = "您填写的内容已恢复，请核对后再次提交"


@pytest.fixture
def entity(people):
    return make_entity(
        letter="B", bureau=people["own"].bureau, contact_name="王小明", contact_phone="13812345678"
    )


def rows(model):
    return model.objects.for_system("a test looks")


def correction(entity):
    return reverse("desk:entity-action", args=(entity.pk, "correct-class"))


def cut_off(client, user, because=Ending.FORCED):
    """End the person's session while the form is open."""
    assert end_sessions(user, because) == 1


def back_in(client, user, answer):
    """Log in again from where the browser was sent, and follow."""
    address = answer.headers.get("HX-Redirect") or answer.headers["Location"]
    assert address.startswith(f"{LOGIN}?next=")
    next_page = client.get(address).context["next"]
    sent = {"username": user.username, "password": "test", "next": next_page}
    return client.post(LOGIN, sent, follow=True)


@pytest.mark.parametrize("because", sorted(set(Ending) - {Ending.DISABLED}))
def test_the_filled_form_comes_back_and_is_done_when_sent_again(as_, people, entity, because):
    client, user = as_("city"), people["city"]
    form = CORRECTION | {"once": "token-of-the-form"}
    cut_off(client, user, because)
    answer = client.post(correction(entity), form)
    assert "已保留" in client.get(LOGIN).content.decode()
    page = back_in(client, user, answer)
    assert page.status_code == 409
    said = page.content.decode()
    assert CAME_BACK in said
    assert 'value="公示系统"' in said
    assert "录入有误" in said
    assert 'value="token-of-the-form"' in said
    assert rows(CreditClass).in_force(TODAY).get(entity=entity).letter == "B"
    assert client.post(correction(entity), form).status_code == 302
    assert rows(CreditClass).in_force(TODAY).get(entity=entity).letter == "A"


def test_a_form_left_open_until_the_session_lapsed_comes_back(as_, people, entity):
    user = people["city"]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = as_("city")
        clock.shift(timedelta(minutes=45))
        answer = client.post(correction(entity), CORRECTION)
        assert "没有操作" in client.get(LOGIN).content.decode()
        assert CAME_BACK in back_in(client, user, answer).content.decode()


def test_a_form_comes_back_also_where_another_window_found_out_first(as_, people, entity):
    client, user = as_("city"), people["city"]
    cut_off(client, user)
    polling = {"HX-Request": "true", "X-Poll": "1"}
    assert client.get(HOME, headers=polling).headers["HX-Redirect"].startswith(LOGIN)
    assert client.get(HOME).status_code == 302
    client.get(LOGIN)
    client.post(correction(entity), CORRECTION | {"reason": "第一次"})
    answer = client.post(correction(entity), CORRECTION)
    assert client.get(LOGIN).content.decode().count("已保留") == 1
    page = back_in(client, user, answer).content.decode()
    assert CAME_BACK in page
    assert "录入有误" in page
    assert "第一次" not in page


def test_it_comes_back_once(as_, people, entity):
    client, user = as_("city"), people["city"]
    cut_off(client, user)
    back_in(client, user, client.post(correction(entity), CORRECTION))
    again = client.get(correction(entity))
    assert again.status_code == 200
    assert "录入有误" not in again.content.decode()


def test_another_person_neither_sees_nor_does_it(as_, people, entity):
    client = as_("city")
    cut_off(client, people["city"])
    answer = client.post(correction(entity), CORRECTION)
    page = back_in(client, people["city_lead"], answer)
    assert page.redirect_chain == [(HOME, 302)]
    assert "录入有误" not in client.get(correction(entity)).content.decode()
    assert "left" not in client.session


@pytest.mark.parametrize(("minutes", "comes_back"), [(59, True), (61, False)])
def test_it_waits_for_an_hour(as_, people, entity, minutes, comes_back):
    assert timedelta(minutes=60) == KEPT_FOR
    user = people["city"]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = as_("city")
        cut_off(client, user)
        answer = client.post(correction(entity), CORRECTION)
        clock.shift(timedelta(minutes=minutes))
        page = back_in(client, user, answer)
        assert (CAME_BACK in page.content.decode()) == comes_back


def test_what_is_too_long_is_said_and_not_kept(as_, people, entity):
    client, user = as_("city"), people["city"]
    cut_off(client, user)
    answer = client.post(correction(entity), CORRECTION | {"reason": "x" * KEPT_BYTES})
    assert "过长，没能保留" in client.get(LOGIN).content.decode()
    assert "form" not in client.session["left"]
    assert CAME_BACK not in back_in(client, user, answer).content.decode()


def test_no_password_and_no_code_is_ever_kept(as_, people):
    client = as_("city")
    cut_off(client, people["city"])
    client.post(reverse("staff:password"), {"old_password": "test", "new_password1": "Secret-99x"})
    assert "Secret" not in str(dict(client.session))
    client = as_("city")
    cut_off(client, people["city"])
    client.post(reverse("staff:second-factor"), {"step": "offer", "otp": "123456"})
    assert "123456" not in str(dict(client.session))


def test_what_nobody_came_back_for_is_deleted(as_, people, entity):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = as_("city")
        cut_off(client, people["city"])
        client.post(correction(entity), CORRECTION)
        kept = client.session.session_key
        forget_sessions()
        assert Session.objects.filter(pk=kept).exists()
        clock.shift(timedelta(minutes=61))
        forget_sessions()
        assert not Session.objects.filter(pk=kept).exists()


def test_after_coming_back_the_session_lasts_as_any(as_, people, entity):
    client, user = as_("city"), people["city"]
    cut_off(client, user)
    back_in(client, user, client.post(correction(entity), CORRECTION))
    assert client.session.get_expire_at_browser_close()


def test_an_upload_comes_back_without_its_file(as_, people):
    client, user = as_("city"), people["city"]
    cut_off(client, user)
    file = SimpleUploadedFile("class.csv", b"a,b\n1,2\n")
    answer = client.post(
        reverse("desk:upload"), {"kind": "classes", "month": "2026-10", "file": file, "once": "t"}
    )
    assert "所选文件不能保留" in client.get(LOGIN).content.decode()
    page = back_in(client, user, answer)
    assert CAME_BACK in page.content.decode()
    assert not rows(Job).exists()


def test_a_term_comes_back(as_, people):
    client, user = as_("city"), people["city"]
    cut_off(client, user)
    term = {"domain": "food_drug", "way": "term", "words": "火锅底料加工", "certain": "1"}
    sent = term | {"since": TODAY.isoformat(), "verbs": "", "once": "t"}
    page = back_in(client, user, client.post(reverse("desk:term-add", args=("safety",)), sent))
    assert 'value="火锅底料加工"' in page.content.decode()
    assert not rows(SafetyTerm).filter(words="火锅底料加工").exists()


def test_the_chosen_rows_of_a_bulk_form_come_back_with_it(as_, people, entity):
    client, user = as_("city"), people["city"]
    begin = client.post(reverse("desk:bulk-begin", args=("mark-four-new",)), {"ids": [entity.pk]})
    confirm = begin.headers["Location"]
    cut_off(client, user)
    mark = {"novelties": ["form"], "since": TODAY.isoformat(), "reason": "市局研判", "once": "t"}
    page = back_in(client, user, client.post(confirm, mark)).content.decode()
    assert CAME_BACK in page
    assert "市局研判" in page
    assert entity.name in page
    assert not rows(Operation).exists()
    assert client.post(confirm, mark).status_code == 302
    assert rows(FourNewMark).in_force(TODAY).count() == 1


def test_a_decision_on_a_list_is_not_taken_and_its_words_are_shown(as_, people, entity):
    client = as_("own_lead")
    form = {"since": TODAY.isoformat(), "reason": "实际情况"}
    form["review_on"] = (TODAY + timedelta(days=90)).isoformat()
    action = reverse("desk:entity-action", args=(entity.pk, "request-exclusion"))
    assert client.post(action, form).status_code == 302
    asked = rows(ExclusionRequest).get()
    lead = as_("city_lead")
    cut_off(lead, people["city_lead"])
    decide = reverse("desk:exclusion-decide", args=(asked.pk,))
    answer = lead.post(decide, {"step": "approve", "opinion": "同意移出", "once": "t"})
    page = back_in(lead, people["city_lead"], answer).content.decode()
    assert "刚才的提交没有办理" in page
    assert "同意移出" in page
    asked.refresh_from_db(from_queryset=rows(ExclusionRequest))
    assert asked.status == "filed"


def test_a_verb_without_a_form_of_its_own_is_not_done(as_, people):
    client, user = as_("city"), people["city"]
    cut_off(client, user)
    page = back_in(client, user, client.post(reverse("desk:run-start"), {"once": "t"}))
    assert "刚才的提交没有办理" in page.content.decode()
    assert not rows(Job).exists()


def test_a_view_that_writes_by_itself_is_stopped_by_the_database(as_, people):
    client, user = as_("city"), people["city"]
    job = rows(Job).create(kind="run", title="评估", started_by=user)
    cut_off(client, user)
    page_before = reverse("desk:job-detail", args=(job.pk,))
    answer = client.post(
        reverse("desk:job-cancel", args=(job.pk,)),
        headers={"Referer": f"http://testserver{page_before}"},
    )
    page = back_in(client, user, answer)
    assert page.redirect_chain[-1] == (page_before, 302)
    assert "刚才的提交没有办理" in page.content.decode()
    job.refresh_from_db(from_queryset=rows(Job))
    assert job.status == "queued"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_contact_is_not_revealed_by_coming_back(as_, people, entity, htmx):
    client, user = as_("own"), people["own"]
    cut_off(client, user)
    detail = reverse("desk:entity-detail", args=(entity.pk,))
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{detail}"} if htmx else {}
    contact = reverse("desk:entity-contact", args=(entity.pk,))
    answer = client.post(contact, {"reason": "核实住所"}, headers=headers)
    assert answer.status_code == (200 if htmx else 302)
    page = back_in(client, user, answer).content.decode()
    assert "13812345678" not in page
    assert 'value="核实住所"' in page
    assert CAME_BACK in page
    assert not Access.plain.filter(kind="reveal").exists()
    assert "13812345678" in client.post(contact, {"reason": "核实住所"}).content.decode()


def test_a_page_that_htmx_asks_for_leads_the_whole_window_to_the_login(as_, people):
    client = as_("city")
    cut_off(client, people["city"])
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/entities/?text=x"}
    answer = client.get(reverse("desk:entity-list"), headers=here)
    assert answer.headers["HX-Redirect"] == f"{LOGIN}?next=%2Fentities%2F%3Ftext%3Dx"
    here["HX-Current-URL"] = "https://example.com/x"
    answer = client.get(reverse("desk:entity-list"), headers=here)
    assert answer.headers["HX-Redirect"] == f"{LOGIN}?next=%2F"


def token_in(page):
    return page.context["csrf_token"]


def test_a_form_of_another_site_is_not_kept(people, entity):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["city"])
    cut_off(client, people["city"])
    answer = client.post(correction(entity), CORRECTION, headers={"Origin": "https://example.com"})
    assert answer.status_code == 403
    assert "form" not in client.session.get("left", {})


def test_a_form_of_before_a_login_in_another_window_comes_back(people, entity):
    user = people["city"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    old = str(token_in(client.get(correction(entity))))
    cut_off(client, user)
    token = str(token_in(client.get(LOGIN)))
    sent = {"username": user.username, "password": "test", "csrfmiddlewaretoken": token}
    assert client.post(LOGIN, sent).status_code == 302
    form = CORRECTION | {"csrfmiddlewaretoken": old}
    same = {"Origin": "http://testserver"}
    page = client.post(correction(entity), form, headers=same, follow=True)
    assert page.redirect_chain == [(correction(entity), 302)]
    assert CAME_BACK in page.content.decode()
    assert rows(CreditClass).in_force(TODAY).get(entity=entity).letter == "B"
    assert client.post(correction(entity), form).status_code == 403  # without a word about origin
    foreign = {"Origin": "https://example.com"}
    assert client.post(correction(entity), form, headers=foreign).status_code == 403


def test_a_logout_in_an_ended_session_is_just_one(as_, people):
    client = as_("city")
    cut_off(client, people["city"])
    assert client.post(reverse("staff:logout")).headers["Location"] == LOGIN


def test_nothing_comes_back_without_a_session_that_was(entity):
    answer = Client().post(correction(entity), CORRECTION)
    assert answer.headers["Location"] == f"{LOGIN}?next={correction(entity)}"


def test_the_session_after_it_is_a_new_one(as_, people, entity):
    client, user = as_("city"), people["city"]
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    cut_off(client, user)
    answer = client.post(correction(entity), CORRECTION)
    between = client.cookies[settings.SESSION_COOKIE_NAME].value
    back_in(client, user, answer)
    assert len({before, between, client.cookies[settings.SESSION_COOKIE_NAME].value}) == 3
    assert LiveSession.plain.filter(user=user, ended_at=None).count() == 1
