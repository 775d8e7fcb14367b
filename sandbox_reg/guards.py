"""Settings that guard the site and that no environment changes; settings.py takes them in whole.

What follows from an environment variable (HTTPS, networks, keys) stands in settings.py.
"""

from csp.constants import NONE, SELF

from staff import controls

# django-axes counts failed logins; figures and our two limits: staff.controls, staff.lockout.
AXES_HANDLER = "staff.lockout.Lockout"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = controls.MOST_FAILURES
AXES_COOLOFF_TIME = controls.CLOSED
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "core.network.client_address"
AXES_DISABLE_ACCESS_LOG = True  # ours is the record
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # its middleware only shows a page; our form says it

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "staff.passwords.LongEnough",
        "OPTIONS": {"min_length": controls.PASSWORD_LENGTH},
    },
    {"NAME": "staff.passwords.ManifoldEnough"},
    {
        "NAME": "staff.passwords.NotOneself",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
    {"NAME": "staff.passwords.NotUsedBefore"},
    {"NAME": "staff.passwords.NotCommon"},
]

# A form without its files: long lists of pasted codes fit. Files have limits of their own
# (core/tabular.py), below nginx's client_max_body_size; what is larger than this lies on disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_NUMBER_FILES = 30
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 << 20
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# Requests a minute from one account (or address, where nobody is logged in), for each web process:
# beyond what hands can do, below what a script would. nginx limits before it.
RATE_LIMITS = {"pages": 600, "changes": 120, "logins": 60}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
