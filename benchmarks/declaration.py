"""How long the check of a declaration takes, beside opening its workbook and beside plain SQL.

    python -m benchmarks.declaration --rows 10000

It makes a city in a state folder of its own (kept, so that a second call measures at once), and
hands over to benchmarks.declaration_measures.
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
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--state", type=Path)
    options = parser.parse_args()
    state = options.state or ROOT / "var" / f"bench-declaration-{options.rows}"
    os.environ["SANDBOX_VAR"] = str(state.resolve())
    made = state / "city-made"
    if not made.exists():
        manage("migrate", "-v0")
        manage("seed_reference")
        manage("make_demo", "--entities", str(options.rows * 2), "--seed", "1")
        made.touch()
    call = f"from benchmarks import declaration_measures as it; it.measure({options.rows})"
    manage("shell", "--no-imports", "-c", call)


if __name__ == "__main__":
    main()
