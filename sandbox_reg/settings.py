"""Settings. Every environment variable is read here, once, with a comment that says why it exists.

docs/settings.md is generated from them by `make rules-doc`.
"""

from pathlib import Path

from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from sandbox_reg.environment import (
    clock,
    database,
    flag,
    names,
    networks,
    number,
    refuse_open_demo,
    sealed_text,
    secret,
    text,
)
from sandbox_reg.guards import *  # noqa: F403 - settings, all of them, by their own names
from sandbox_reg.services import APPLICATION, OWNER, Places
from sandbox_reg.strength import demand_different, demand_strong_password, is_loopback

BASE_DIR = Path(__file__).resolve().parent.parent

# Everything that a running system writes lies here: database, queue, logs, secret, static files.
SANDBOX_VAR = (
    BASE_DIR / text("SANDBOX_VAR", "状态目录：数据库、队列、日志、密钥、静态文件。", "var")
).resolve()
_places = Places(SANDBOX_VAR)

# The application's login; without it the embedded PostgreSQL is used.
_application_url = sealed_text("DATABASE_URL", "应用使用的 PostgreSQL 地址；不设则启用内置数据库。")

# The owner's login for migrations; without it the application's login stands for both.
_owner_url = sealed_text(
    "DATABASE_OWNER_URL", "建表和迁移用的 PostgreSQL 地址；不设则同 DATABASE_URL。"
)
demand_strong_password("DATABASE_URL", _application_url)
demand_strong_password("DATABASE_OWNER_URL", _owner_url)

# The broker; without it the embedded Valkey is used.
_redis_url = sealed_text("REDIS_URL", "任务队列的 Redis 地址；不设则启用内置队列。")

EMBEDDED = not _application_url
NEEDS_EMBEDDED = not (_application_url and _redis_url)

# The role of this process: manage.py names the owner for commands that change tables.
_role = text(
    "SANDBOX_ROLE", "本进程的数据库身份，由 manage.py 设定：application 或 owner。", "application"
)
if _role not in {"application", "owner"}:
    raise ImproperlyConfigured("环境变量 SANDBOX_ROLE 只能是 application 或 owner，请改正后重试。")

# The port of the web server that the supervisor starts.
PORT = number("PORT", "网页服务的端口。", default=8000, low=1, high=65535)

# The address on which that server listens; behind a proxy on another machine, one of ours.
HOST = text("HOST", "网页服务监听的地址；演示模式只能是本机地址。", "127.0.0.1")

# Demonstration accounts and a generated city at the first start.
DEMO = flag(
    "DEMO",
    "首次启动时生成演示数据和演示账号。",
    default=EMBEDDED,
    shown="使用内置数据库时为 1，否则为 0",
)

# Error pages with source; never on a machine that others reach. The demonstration needs it on, so
# that nobody takes a demonstration into service by a variable that was forgotten.
DEBUG = flag(
    "DEBUG",
    "显示出错详情，生产环境必须为 0；演示模式必须为 1。",
    default=EMBEDDED and DEMO,
    shown="使用内置数据库且为演示模式时为 1，否则为 0",
)

# The names under which browsers reach the site.
ALLOWED_HOSTS = names(
    "ALLOWED_HOSTS", "浏览器访问时使用的主机名，逗号分隔。", default="127.0.0.1,localhost,[::1]"
)

# The addresses from which forms are accepted behind a proxy that ends TLS.
CSRF_TRUSTED_ORIGINS = names(
    "CSRF_TRUSTED_ORIGINS",
    "经反向代理访问时的完整来源，如 https://sandbox.example.cn。",
    default="",
)

# The proxies whose X-Forwarded-For is believed; without one the header is not read.
TRUSTED_PROXIES = networks(
    "TRUSTED_PROXIES",
    "可信反向代理的地址或网段，逗号分隔；只有来自它们的 X-Forwarded-For 才会采信。",
    default="",
)

if DEMO:
    refuse_open_demo(debug=DEBUG, host=HOST, hosts=ALLOWED_HOSTS, proxies=TRUSTED_PROXIES)

# Who may ask at all: this machine and private networks, unless said otherwise.
ALLOWED_NETWORKS = networks(
    "ALLOWED_NETWORKS",
    "允许访问的网段，逗号分隔；其他地址一律拒绝。",
    default=(
        "127.0.0.0/8,::1/128"
        if DEMO
        else "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
    ),
    shown="本机和内网网段（127.0.0.0/8、::1/128、10.0.0.0/8、172.16.0.0/12、192.168.0.0/16、"
    "fc00::/7）；演示模式仅本机",
)

# How long a session may stand unused, and last at all (GB/T 22239-2019, 8.1.4.1 b).
SESSION_IDLE_MINUTES = number(
    "SESSION_IDLE_MINUTES", "多少分钟没有操作自动退出。", default=30, low=5, high=60
)
SESSION_HOURS = number("SESSION_HOURS", "一次登录最长多少小时。", default=10, low=1, high=24)

# The time of the nightly run, in Chongqing's time.
NIGHTLY_AT = clock("NIGHTLY_AT", "每日全量核对的开始时刻（北京时间）。", default="02:30")

# Keys: from the variable or from a file; the embedded mode makes its own in the state folder.
_made_in = SANDBOX_VAR if EMBEDDED else None

# The key of sessions and signatures.
SECRET_KEY = secret(
    "SECRET_KEY", "会话与签名的密钥；使用内置数据库时自动生成，其他情形必填。", made_in=_made_in
)

# The keys of the seals over the logs, kept outside the database that they watch over; the first
# one seals, earlier ones only verify.
_audit_keys = secret(
    "AUDIT_KEY",
    "日志封存的密钥，不进数据库；更换时新密钥写在最前，逗号后的旧密钥只用于核验。"
    "使用内置数据库时自动生成，其他情形必填。",
    made_in=_made_in,
)
AUDIT_KEYS = [key.strip() for key in _audit_keys.split(",")]

# Where the heads of the chain are noted, out of the database's reach.
AUDIT_HEADS = SANDBOX_VAR / "audit_heads.jsonl"

# How many months the two logs are kept; the law asks for six.
AUDIT_KEEP_MONTHS = number(
    "AUDIT_KEEP_MONTHS",
    "日志保存的月数（网络安全法第21条：不少于6个月）。",
    default=36,
    low=6,
    high=600,
)

# The keys of encrypted columns, the current one first; older ones are needed until rotated away.
_data_keys = secret(
    "DATA_KEYS",
    "个人信息加密的密钥，逗号分隔，第一个为当前密钥；使用内置数据库时自动生成，其他情形必填。",
    made_in=_made_in,
)
DATA_KEYS = [key.strip() for key in _data_keys.split(",")]
demand_different(
    SECRET_KEY=SECRET_KEY, AUDIT_KEY=",".join(AUDIT_KEYS), DATA_KEYS=",".join(DATA_KEYS)
)

# Everything through TLS: secure cookies, redirection and HSTS. `make run` answers on loopback only,
# where nobody listens in between and no certificate exists.
HTTPS = flag(
    "HTTPS",
    "只经 HTTPS 提供服务：安全 Cookie、自动跳转、HSTS。",
    default=not EMBEDDED,
    shown="使用内置数据库时为 0，否则为 1",
)
if not (HTTPS or DEBUG or EMBEDDED) and not all(map(is_loopback, ALLOWED_HOSTS)):
    raise ImproperlyConfigured(
        "HTTPS=0 只能用于本机访问，而 ALLOWED_HOSTS 中有其他主机名；"
        "请配置证书并去掉 HTTPS=0，或只保留 127.0.0.1、localhost 后重新启动。"
    )

# For how long browsers refuse to come without TLS; shorten it before giving TLS up.
HSTS_SECONDS = number(
    "HSTS_SECONDS",
    "启用 HTTPS 后，浏览器在这么多秒内只用 HTTPS 访问。",
    default=365 * 86400,
    low=0,
    high=2 * 365 * 86400,
)

# Where pg_dump and pg_restore lie, where not those of the embedded database or of PATH.
PG_BINDIR = text("PG_BINDIR", "备份恢复所用 pg_dump、pg_restore 的目录；不设则自动查找。")

# Name, staff number and time over each page, on prints and on exported sheets.
WATERMARK = flag("WATERMARK", "页面、打印件和导出表格显示水印（姓名、工号、时间）。", default=True)

INSTALLED_APPS = [
    "core",
    "staff",
    "policy",
    "entities",
    "zones",
    "redline",
    "membership",
    "desk",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "django_filters",
    "django_htmx",
    "bootstrap",
    "csp",
]

MIDDLEWARE = [
    "core.network.AllowedNetworks",
    "django.middleware.security.SecurityMiddleware",
    "core.headers.PageHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.middleware.SessionKeeper",
    "core.limits.RateLimits",
    "core.audit.middleware.AuditTrail",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "staff.middleware.Duties",
    "staff.resuming.ResumeForm",
    "core.errors_shown.OwnErrorPages",
    "core.readonly.ReadOnlyPages",  # last: it runs the view itself
]

ROOT_URLCONF = "sandbox_reg.urls"
WSGI_APPLICATION = "sandbox_reg.wsgi.application"
AUTH_USER_MODEL = "staff.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "staff:login"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "staff:login"
CSRF_FAILURE_VIEW = "staff.views.csrf_failed"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def _databases() -> dict[str, dict[str, object]]:
    """Return the one database, under the login of this process's role."""
    shared = {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if EMBEDDED:
        login = OWNER if _role == "owner" else APPLICATION
        return {"default": database("DATABASE_URL", _places.database_url(login)) | shared}
    if _role == "owner":
        return {"default": database("DATABASE_OWNER_URL", _owner_url or _application_url) | shared}
    found = database("DATABASE_URL", _application_url) | shared
    if not _owner_url:
        # One login for both: it lays down its rights, so that append-only tables stay so.
        found["OPTIONS"] = {"assume_role": APPLICATION, **dict(found["OPTIONS"])}  # type: ignore[call-overload]
    return {"default": found}


DATABASES = _databases()

REDIS_URL = _redis_url or _places.redis_url
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = CELERY_RESULT_ACCEPT_CONTENT = ["json"]  # never pickle, which runs code
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_ROUTES = {
    "sandbox.settle": {"queue": "settle"},
    "sandbox.sweep": {"queue": "settle"},
    "sandbox.work": {"queue": "jobs"},
    "sandbox.nightly": {"queue": "jobs"},
    "sandbox.forget_sessions": {"queue": "jobs"},
}
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "sandbox.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "forget sessions": {"task": "sandbox.forget_sessions", "schedule": 3600.0},
    "nightly": {
        "task": "sandbox.nightly",
        "schedule": crontab(hour=str(NIGHTLY_AT[0]), minute=str(NIGHTLY_AT[1])),
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(SANDBOX_VAR / "celerybeat-schedule")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# The rows in the database are the record and a sweep finds them, so a publish with the broker
# down must fail at once instead of keeping the officer's page waiting.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 10,
    "max_retries": 0,
    "retry_on_timeout": False,
    "visibility_timeout": 12 * 3600,  # the sweep recovers lost work; a short one would double it
}

# A job whose worker is silent for this long may be taken by another; the worker reports oftener.
JOB_LEASE_SECONDS = 30
JOB_BEAT_SECONDS = 2

# Keys of entities that a run stages or applies in one transaction: small enough for hash joins in
# memory and for settle to wait for, large enough that the joins' start costs nothing.
RUN_RANGE_SIZE = 250_000

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = SANDBOX_VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = SANDBOX_VAR / "files"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Django's session is the envelope: it outlives a login, so that its browser can be told why that
# ended and gets its open form back. Whether a login lasts says staff.sessions.
SESSION_COOKIE_AGE = 3 * 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
# The prefix lets browsers refuse such a cookie from a sister host or without TLS.
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_prefix}sandbox-session", f"{_prefix}sandbox-csrf"
# nginx overwrites the header; gunicorn is reached through it alone.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
# The host serves nothing but this system. No list of public sites can take an internal one in, so
# the word preload costs nothing.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# Counters of the rate limits, in the memory of each web process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "ERROR"},
        "django": {"handlers": []},  # Django's own console handler would print each line twice
        "django.request": {"level": "ERROR"},  # refusals are in the access log, not tracebacks here
    },
}
