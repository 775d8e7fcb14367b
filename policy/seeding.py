"""What the room needs before it works: the first published version of the limits."""

from policy.limits import seed_first_version


def seed() -> None:
    """Publish the defaults. Can be run again without harm."""
    seed_first_version()
