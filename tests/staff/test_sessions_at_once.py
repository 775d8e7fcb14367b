"""Logins of one account at the same moment, with real commits."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.test import Client
from django.urls import reverse

from staff.models import LiveSession
from tests.factories import make_user


def test_of_logins_at_once_one_stays(real_commits):
    user = make_user()

    def enter(_):
        client = Client()
        try:
            client.post(reverse("staff:login"), {"username": user.username, "password": "test"})
        finally:
            connection.close()
        return client

    with ThreadPoolExecutor(4) as pool:
        clients = list(pool.map(enter, range(4)))
    assert LiveSession.plain.filter(user=user).count() == 4
    assert LiveSession.plain.filter(user=user, ended_at=None).count() == 1
    assert sum(client.get(reverse("desk:home")).status_code == 200 for client in clients) == 1
