"""A form that comes back writes nothing, with real commits."""

from django.test import Client
from django.urls import reverse

from core.models import Job
from staff.roles import Role
from staff.sessions import Ending, end_sessions
from tests.factories import make_user


def test_a_writing_view_is_stopped_and_the_page_is_served(real_commits):
    client, user = Client(), make_user(Role.MUNICIPAL_OFFICER)
    client.force_login(user)
    job = Job.objects.for_system("a test").create(kind="run", title="评估", started_by=user)
    end_sessions(user, Ending.FORCED)
    page = reverse("desk:job-detail", args=(job.pk,))
    answer = client.post(
        reverse("desk:job-cancel", args=(job.pk,)),
        headers={"Referer": f"http://testserver{page}"},
        follow=True,
    )
    sent = {"username": user.username, "password": "test", "next": answer.context["next"]}
    shown = client.post(reverse("staff:login"), sent, follow=True)
    assert shown.redirect_chain[-1] == (page, 302)
    assert "刚才的提交没有办理" in shown.content.decode()
    assert Job.objects.for_system("a test").get().status == Job.Status.QUEUED
    assert client.post(reverse("desk:job-cancel", args=(job.pk,))).status_code == 302
    assert Job.objects.for_system("a test").get().status == Job.Status.CANCELLED
