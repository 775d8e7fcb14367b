"""The Celery application. The tasks themselves are in sandbox_reg/tasks.py."""

import os

from celery import Celery
from django.db.backends.base.base import BaseDatabaseWrapper

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox_reg.settings")

app = Celery("sandbox_reg", include=["sandbox_reg.tasks"])
app.config_from_object("django.conf:settings", namespace="CELERY")

# With DEBUG, as in the demonstration, each process keeps its last statements, and ours carry whole
# batches of rows: a few hundred are enough to look at, Django's nine thousand fill the memory.
BaseDatabaseWrapper.queries_limit = 300
