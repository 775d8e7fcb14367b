"""What the room needs before it works: the round that the policy itself opened."""

from __future__ import annotations

from datetime import date

from zones.models import Round

FIRST = "首次申报"


def seed() -> None:
    """Write the first round (五(二): by 2024-08-16), if no round is there."""
    if Round.objects.for_system("seeding the first round").exists():
        return
    Round.objects.create(
        name=FIRST,
        opens_on=date(2024, 8, 1),
        deadline=date(2024, 8, 16),
        document_number="渝市监发〔2024〕73号",
        note="首次申报1—2个区域作为试点。",
    )
