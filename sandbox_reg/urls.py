"""The addresses of every room. A room without pages yet has no line."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

ROOMS = (
    ("staff.urls", "accounts/"),
    ("policy.urls", "policy/"),
    ("entities.urls", "entities/"),
    ("membership.urls", "membership/"),
    ("desk.urls", ""),
)

urlpatterns = [path("admin/", admin.site.urls)]
urlpatterns += [path(prefix, include(name)) for name, prefix in ROOMS if find_spec(name)]
