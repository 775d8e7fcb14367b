"""Addresses of login, second factor, password and sessions."""

from django.urls import path

from staff import second_factor_views, session_views, views

app_name = "staff"

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("login/code/", views.Code.as_view(), name="code"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("password/", views.Password.as_view(), name="password"),
    path("second-factor/", second_factor_views.own, name="second-factor"),
    path("second-factors/", second_factor_views.listed, name="second-factor-list"),
    path("second-factors/<int:pk>/reset/", second_factor_views.reset, name="second-factor-reset"),
    path("logins/", session_views.own, name="own-logins"),
    path("sessions/", session_views.listed, name="session-list"),
    path("sessions/<int:pk>/end/", session_views.end, name="session-end"),
    path("sessions/unlock/", session_views.unlock, name="session-unlock"),
]
