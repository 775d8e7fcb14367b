"""Figures of getting in, each with the control it stands on (GB/T 22239-2019, 8.1.4.1).

The two limits of a session are settings (SESSION_IDLE_MINUTES, SESSION_HOURS), since places differ
in how long a counter stands open; what is here is the same everywhere.
"""

from datetime import timedelta

MOST_FAILURES = 5
"""Failures of one account from one address that close the door (8.1.4.1 b)."""

MOST_FROM_ADDRESS = 100
"""Failures over all accounts from one address: guessing; a bureau's staff may share one."""

CLOSED = timedelta(minutes=15)
"""How long the door stays closed (8.1.4.1 b)."""

PASSWORD_LENGTH = 10
PASSWORD_CLASSES = 3
"""Of capitals, small letters, digits and other signs (8.1.4.1 a)."""

PASSWORD_HISTORY = 5
"""So many earlier passwords may not come back (8.1.4.1 a)."""

PASSWORD_LIFE = timedelta(days=90)
"""A password is changed at least so often (8.1.4.1 a)."""

CODE_WAIT = timedelta(minutes=5)
"""Between the password and the code of the second factor."""

CODE_STEPS = 1
"""A telephone's clock may be off by so many steps of thirty seconds (RFC 6238, 5.2)."""

SEEN_EVERY = timedelta(minutes=1)
"""How often the last request of a session is written down."""

KEPT_FOR = timedelta(minutes=60)
KEPT_BYTES = 256 * 1024
"""What was filled in when a session ended waits so long for the next login, up to this size."""
