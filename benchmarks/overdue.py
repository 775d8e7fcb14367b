"""The scan of dates over open orders, of which a few are due, beside hand-written SQL.

    python -m benchmarks.overdue --open 100000 --due 1000

It makes the orders in a state folder of its own (kept, so that a second call measures at once), and
hands over to benchmarks.overdue_measures.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def manage(*words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--open", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=1_000)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    state = options.state or ROOT / "var" / f"bench-overdue-{options.open}-{options.due}"
    os.environ["SANDBOX_VAR"] = str(state.resolve())
    made = state / "orders-made"
    if not made.exists():
        manage("migrate", "-v0")
        manage("seed_reference")
        call = (
            f"from benchmarks import overdue_measures as it; it.make({options.open}, {options.due})"
        )
        manage("shell", "--no-imports", "-c", call)
        made.touch()
    call = f"from benchmarks import overdue_measures; overdue_measures.measure({options.repeat})"
    manage("shell", "--no-imports", "-c", call)


if __name__ == "__main__":
    main()
