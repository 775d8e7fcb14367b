"""Addresses of the pages that read several rooms."""

from django.urls import path

from desk.views import entities, home

app_name = "desk"

urlpatterns = [
    path("", home.home, name="home"),
    path("entities/", entities.entity_list, name="entity-list"),
    path("entities/<int:pk>/", entities.entity_detail, name="entity-detail"),
    path("entities/<int:pk>/contact/", entities.entity_contact, name="entity-contact"),
]
