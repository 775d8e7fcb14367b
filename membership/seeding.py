"""What the room needs before it works: its sentences."""

from membership import wordings


def seed() -> None:
    """Write the wordings of the rule book. Can be run again without harm."""
    wordings.seed()
