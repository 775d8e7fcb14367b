"""Addresses of login, logout and password."""

from django.urls import path

from staff import views

app_name = "staff"

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("password/", views.Password.as_view(), name="password"),
]
