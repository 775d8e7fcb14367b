"""The Django project: settings, addresses, queue, and the services a bare machine lacks."""

from sandbox_reg.celery import app as celery_app

__all__ = ["celery_app"]
