"""The test session: embedded services, a database per worker, tests run as the application.

SANDBOX_TEST_DATABASE_URL and SANDBOX_TEST_REDIS_URL replace the embedded services by the
machine's own. The test database is made and migrated by the owner; then the connection changes to
the application's role, so that a missing right fails a test and not an officer.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command, get_commands
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone
from hypothesis import settings as drawing

from core import workdays
from core.roles import APPLICATION
from sandbox_reg.celery import app as celery_app
from sandbox_reg.environment import database
from sandbox_reg.services import DATABASE, OWNER, Embedded
from staff.models import LiveSession
from staff.sessions import KEY

KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}
VALKEY_DATABASES = 16

# What is drawn is the same in every run, so that a change is judged by itself alone; `make explore`
# draws anew.
drawing.register_profile("same", derandomize=True)
drawing.register_profile("anew", derandomize=False, print_blob=True)
drawing.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_configure(config: pytest.Config) -> None:
    """Start the services once per run; the workers of xdist are told where they are."""
    inputs = getattr(config, "workerinput", None)
    if inputs is not None:
        config.stash[ADDRESSES] = inputs["addresses"]
        return
    owner = os.environ.get("SANDBOX_TEST_DATABASE_URL", "")
    broker = os.environ.get("SANDBOX_TEST_REDIS_URL", "")
    if not (owner and broker) and not config.option.collectonly:
        config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="sandbox-test-"))
        config.stash[FOLDER].chmod(0o711)
        config.stash[SERVICES] = Embedded(config.stash[FOLDER] / "var", throwaway=True)
        config.stash[SERVICES].start()
        owner = owner or config.stash[SERVICES].places.database_url(OWNER)
        broker = broker or config.stash[SERVICES].places.redis_url
    config.stash[ADDRESSES] = (owner, broker)


ADDRESSES: pytest.StashKey[tuple[str, str]] = pytest.StashKey()
FOLDER: pytest.StashKey[Path] = pytest.StashKey()
SERVICES: pytest.StashKey[Embedded] = pytest.StashKey()


class Distribution:
    """The hook of xdist, registered only where xdist runs."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node) -> None:
        """Hand the addresses to a worker."""
        node.workerinput["addresses"] = node.config.stash[ADDRESSES]


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the hook before xdist asks for it."""
    pluginmanager.register(Distribution())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the services and throw their files away."""
    if SERVICES in config.stash:
        config.stash[SERVICES].stop()
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of the permission matrix and of the addresses this run has walked."""
    walked: dict[str, int] = {}
    for report in terminalreporter.stats.get("passed", []):
        for name, value in getattr(report, "user_properties", ()):
            if name == "walked":
                what, number = value.split("\t")
                walked[what] = walked.get(what, 0) + int(number)
    for what, number in sorted(walked.items()):
        terminalreporter.write_line(f"{what}：{number:,}")


def _worker_number() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def owner_address(request: pytest.FixtureRequest) -> dict[str, object]:
    """Give Django's settings of the owner's login."""
    return database("SANDBOX_TEST_DATABASE_URL", request.config.stash[ADDRESSES][0])


@pytest.fixture(scope="session", autouse=True)
def _services(request: pytest.FixtureRequest, owner_address: dict[str, object]) -> None:
    """Point Django and Celery at the services of this run; each worker has a broker of its own."""
    connection.settings_dict.update(owner_address)
    connection.settings_dict["TEST"]["NAME"] = f"test_{DATABASE}_{os.getpid()}"
    url = request.config.stash[ADDRESSES][1]
    number = VALKEY_DATABASES - 1 - _worker_number() % VALKEY_DATABASES
    mark = "?virtual_host=" if "+socket" in url else "/"
    settings.REDIS_URL = f"{url.rstrip('/')}{mark}{number}"
    settings.CELERY_BROKER_URL = settings.REDIS_URL
    celery_app.conf.broker_url = settings.REDIS_URL


@pytest.fixture(scope="session")
def django_db_setup(
    request, django_test_environment, django_db_modify_db_settings, django_db_blocker, owner_address
) -> Iterator[None]:
    """Make the database as the owner, then be the application.

    Stands for pytest-django's fixture, which makes databases for marked tests only: tests with
    `real_commits` bear no mark.
    """
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=set()
        )
        connection.close()
        _become_application()
        if "seed_reference" in get_commands():
            call_command("seed_reference", verbosity=0)
            connection.close()
    yield
    with django_db_blocker.unblock():
        connection.close()
        # Django drops the database named here, so the test's name must stay.
        connection.settings_dict.update(owner_address | {"NAME": connection.settings_dict["NAME"]})
        teardown_databases(made, verbosity=0)


def _become_application() -> None:
    """Log in as the application, or lay down the owner's rights where no such login is allowed."""
    before = dict(connection.settings_dict)
    test_database = before["NAME"]
    with contextlib.suppress(psycopg2.OperationalError):
        psycopg2.connect(
            dbname=test_database,
            user=APPLICATION,
            host=before["HOST"] or None,
            port=before["PORT"] or None,
        ).close()
        connection.settings_dict.update(USER=APPLICATION, PASSWORD="")
        return
    connection.settings_dict["OPTIONS"] = before["OPTIONS"] | {"assume_role": APPLICATION}


@pytest.fixture
def owner_connection(django_db_setup, owner_address) -> Iterator[psycopg2.extensions.connection]:
    """Give a connection of the owner to this test's database, outside the test's transaction."""
    opened = _connect_as_owner(owner_address)
    yield opened
    opened.close()


def _connect_as_owner(owner_address: dict) -> psycopg2.extensions.connection:
    opened = psycopg2.connect(
        dbname=connection.settings_dict["NAME"],
        user=owner_address["USER"] or None,
        password=owner_address["PASSWORD"] or None,
        host=owner_address["HOST"] or None,
        port=owner_address["PORT"] or None,
    )
    opened.autocommit = True
    return opened


@pytest.fixture
def real_commits(django_db_setup, django_db_blocker, owner_address) -> Iterator[None]:
    """Let a test commit, for several connections or processes; empty the tables afterwards."""
    with django_db_blocker.unblock():
        yield
        connection.close()
        _empty_tables(owner_address)
        if "seed_reference" in get_commands():
            call_command("seed_reference", verbosity=0)
        connection.close()


def _empty_tables(owner_address: dict) -> None:
    """Remove every row that tests may have written, append-only tables included."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with contextlib.closing(_connect_as_owner(owner_address)) as owner, owner.cursor() as cursor:
        # A worker process that is still ending must not keep the tables locked for ever.
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute("SET sandbox.maintenance = 'on'")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        present = {name for (name,) in cursor.fetchall()} & tables
        listed = ", ".join(f'"{name}"' for name in sorted(present - KEPT_TABLES))
        cursor.execute(f"TRUNCATE {listed} RESTART IDENTITY CASCADE")


@pytest.fixture
def celery_worker_process(real_commits, tmp_path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real worker for both queues against this test's database and broker."""
    with _empty_broker() as client:
        process = start_worker(tmp_path)
        until = time.monotonic() + 20
        while not client.smembers("_kombu.binding.celery.pidbox") and time.monotonic() < until:
            assert process.poll() is None, (tmp_path / "worker.log").read_text()
            time.sleep(0.05)
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def _empty_broker() -> Iterator[redis.Redis]:
    address = settings.REDIS_URL.replace("redis+socket://", "unix://").replace("virtual_host", "db")
    client = redis.Redis.from_url(address)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def start_worker(log_folder: Path, *extra: str) -> subprocess.Popen[bytes]:
    """Start a Celery worker that sees the database and the broker of the running test."""
    with (log_folder / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "sandbox_reg", "worker"),
                *("--queues", "settle,jobs", "--concurrency", "1", "--loglevel", "INFO", *extra),
            ],
            cwd=settings.BASE_DIR,
            env={"SANDBOX_VAR": str(log_folder)} | os.environ | process_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def process_environment() -> dict[str, str]:
    """Give the variables by which another process joins this test's database and broker."""
    found = connection.settings_dict
    secret = f":{quote(found['PASSWORD'])}" if found["PASSWORD"] else ""
    host = quote(str(found["HOST"]), safe="/")
    port = f"&port={found['PORT']}" if found["PORT"] else ""
    return {
        "DATABASE_URL": f"postgresql://{found['USER']}{secret}@/{found['NAME']}?host={host}{port}",
        # Without the owner's address Django lays down the login's rights (assume_role).
        "DATABASE_OWNER_URL": "",
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "AUDIT_KEY": ",".join(settings.AUDIT_KEYS),
        "DATA_KEYS": ",".join(settings.DATA_KEYS),
        "HTTPS": "0",
        "DJANGO_SETTINGS_MODULE": "sandbox_reg.settings",
    }


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    """Serve static names without the manifest, which only collectstatic makes."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def _force_login_opens_a_session(monkeypatch) -> None:
    """Give a client that is logged in by force the open session without which nobody is in.

    Like a login, it ends the account's older one; two clients of one account need a real login.
    """
    forced = Client.force_login

    def force_login(self: Client, user, backend=None) -> None:
        forced(self, user, backend or "django.contrib.auth.backends.ModelBackend")
        now = timezone.now()
        rows = LiveSession.objects.for_system("a test's login")
        rows.filter(user=user, ended_at=None).update(
            ended_at=now, ended_because=LiveSession.Ending.SUPERSEDED
        )
        session = self.session
        session[KEY] = rows.create(
            user=user, address="127.0.0.1", started_at=now, last_seen_at=now
        ).pk
        session.save()

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture(autouse=True)
def _heads_of_its_own(settings, tmp_path_factory) -> None:
    """Let each test note the heads of its chain for itself: its database forgets them too."""
    settings.AUDIT_HEADS = tmp_path_factory.getbasetemp() / f"heads-{uuid.uuid4().hex}.jsonl"


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    """Hash passwords of test accounts in no time; nobody attacks them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _uncounted() -> None:
    """Forget what the rate limits counted in the test before."""
    cache.clear()


@pytest.fixture(autouse=True)
def _calendar_as_stored() -> None:
    """Forget the calendar that a test before may have loaded and taken back."""
    workdays.forget()


class UndefinedVariable(str):
    """What a template gets for an unknown variable: an error that names it."""

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, name: object) -> str:
        raise AssertionError(f"模板使用了未定义的变量 {name}。")


@pytest.fixture(autouse=True)
def _undefined_variables_fail() -> None:
    """Make a template that names an unknown variable fail its test, our own templates only.

    Set for each test: an override of DEBUG makes Django build its engines anew.
    """
    for engine in engines.all():
        engine.engine.string_if_invalid = UndefinedVariable("%s")


@pytest.fixture
def as_owner(owner_address):
    """Give a context manager in which Django's connection is the owner's (with `real_commits`)."""

    @contextlib.contextmanager
    def switched() -> Iterator[None]:
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(owner_address | {"NAME": before["NAME"]})
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)

    return switched
