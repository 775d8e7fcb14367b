"""The Celery application. The tasks themselves are in sandbox_reg/tasks.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox_reg.settings")

app = Celery("sandbox_reg", include=["sandbox_reg.tasks"])
app.config_from_object("django.conf:settings", namespace="CELERY")
